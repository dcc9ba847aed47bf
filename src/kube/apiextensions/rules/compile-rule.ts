import type { ValidationRule } from '#kube/api';
import { CelError, type CelType, type CompiledCel, celEnvironment, compileCel, optionalOf } from '#kube/cel';

/** A rule of `x-kubernetes-validations`, ready to run. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: CompiledCel;
  readonly message: CompiledCel | undefined;
  readonly usesOldSelf: boolean;
}

/** Compiles the rules of one type, each or the reason why it cannot be: `compilation failed: …`. */
export function ruleCompiler(type: CelType): (rule: ValidationRule) => {
  readonly rule: CompiledRule | undefined;
  readonly ruleProblem: string | undefined;
  readonly messageProblem: string | undefined;
} {
  const plain = celEnvironment([
    ['self', type],
    ['oldSelf', type],
  ]);
  const optional = celEnvironment([
    ['self', type],
    ['oldSelf', optionalOf(type)],
  ]);
  return (rule) => {
    const environment = rule.optionalOldSelf === true ? optional : plain;
    const program = attempt(() => {
      const compiled = compileCel(rule.rule, environment);
      if (compiled.type.kind !== 'bool' && compiled.type.kind !== 'dyn')
        throw new CelError('cel expression must evaluate to a bool');
      return compiled;
    });
    const message = attempt(() => {
      if (rule.messageExpression === undefined || rule.messageExpression === '') return undefined;
      const compiled = compileCel(rule.messageExpression, environment);
      if (compiled.type.kind !== 'string' && compiled.type.kind !== 'dyn')
        throw new CelError('messageExpression must evaluate to a string');
      return compiled;
    });
    const compiled =
      program.value === undefined
        ? undefined
        : { rule, program: program.value, message: message.value, usesOldSelf: program.value.variables.has('oldSelf') };
    return { rule: compiled, ruleProblem: program.problem, messageProblem: message.problem };
  };
}

function attempt<T>(compile: () => T): { readonly value: T | undefined; readonly problem: string | undefined } {
  try {
    return { value: compile(), problem: undefined };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    const prefix = error.message.startsWith('ERROR: ') ? 'compilation failed: ' : '';
    return { value: undefined, problem: prefix + error.message };
  }
}
