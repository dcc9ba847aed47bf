import { CelError, EvaluationError, report } from './cel-error.ts';
import { check } from './check/checker.ts';
import { estimateCost } from './cost/estimate.ts';
import type { CelEnvironment } from './environment.ts';
import { Budget } from './evaluate/budget.ts';
import { type CelBindings, Frame } from './evaluate/frame.ts';
import { Planner } from './evaluate/plan.ts';
import { parse } from './syntax/parser.ts';
import type { CelType } from './types/type.ts';
import type { Value } from './values/value.ts';

/** An expression that is ready to run. */
export interface CompiledCel {
  readonly type: CelType;
  /** The variables of the environment that it uses. */
  readonly variables: ReadonlySet<string>;
  /** What it costs at worst, as far as the types tell. */
  readonly estimatedCost: number;
  /** Runs it. Throws an EvaluationError when it fails on these values, and a CostExceededError when the budget is used up. */
  evaluate(bindings: CelBindings, budget?: Budget): Value;
}

const MAX_KEPT = 1024;
const kept = new WeakMap<CelEnvironment, Map<string, CompiledCel>>();

/** Compiles an expression, or finds it compiled. Throws a CelError whose message is cel-go's report of all problems. */
export function compileCel(expression: string, environment: CelEnvironment): CompiledCel {
  let known = kept.get(environment);
  if (known === undefined) {
    known = new Map();
    kept.set(environment, known);
  }
  let compiled = known.get(expression);
  if (compiled === undefined) {
    compiled = compile(expression, environment);
    if (known.size >= MAX_KEPT) known.clear();
    known.set(expression, compiled);
  }
  return compiled;
}

function compile(source: string, environment: CelEnvironment): CompiledCel {
  const expression = parse(source);
  const checked = check(expression, environment);
  if (checked.problems.length > 0) throw new CelError(report(source, checked.problems));
  const run = new Planner(checked).plan(expression, new Map());
  return {
    type: checked.types.get(expression) as CelType,
    variables: checked.used,
    estimatedCost: estimateCost(expression, checked),
    evaluate: (bindings, budget = new Budget()) => {
      try {
        return run(new Frame(bindings, budget));
      } catch (error) {
        if (error instanceof RangeError)
          throw new EvaluationError('expression recursion limit exceeded', { cause: error });
        throw error;
      }
    },
  };
}
