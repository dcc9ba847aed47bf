import type { Shared } from '#kube/api';
import type { MatchCondition } from '#kube/api/resources';
import { Budget, type CelBindings, type CelEnvironment, compileCel, PER_OBJECT_LIMIT } from '#kube/cel';
import { joinComplaints, messageOf } from '../common/refuse.ts';

/** Whether match conditions hold; `problem`: none is false, but some could not be evaluated. */
export interface ConditionsResult {
  readonly holds: boolean;
  readonly problem?: string;
}

/** Evaluates match conditions: one that is false is enough to say no, whatever is wrong with others. */
export function evaluateConditions(
  conditions: readonly Shared<MatchCondition>[],
  environment: CelEnvironment,
  bindings: CelBindings,
): ConditionsResult {
  const budget = new Budget(PER_OBJECT_LIMIT / 4);
  const problems: string[] = [];
  for (const { expression = '' } of conditions) {
    try {
      if (compileCel(expression, environment).evaluate(bindings, budget) !== true) return { holds: false };
    } catch (error) {
      problems.push(`expression '${expression}' resulted in error: ${messageOf(error)}`);
    }
  }
  return problems.length === 0 ? { holds: true } : { holds: false, problem: joinComplaints(problems) };
}
