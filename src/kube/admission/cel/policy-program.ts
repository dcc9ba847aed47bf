import type { Shared } from '#kube/api';
import type { PolicySpec } from '#kube/api/resources';
import {
  Budget,
  type CelBindings,
  type CelEnvironment,
  type CelType,
  type CompiledCel,
  compileCel,
  DYN,
  EvaluationError,
  MapValue,
  PER_CALL_LIMIT,
  PER_OBJECT_LIMIT,
  type Value,
} from '#kube/cel';
import { messageOf } from '../common/refuse.ts';
import { policyEnvironment } from './environment.ts';

/** The expressions of a policy, compiled when they are first needed. */
export class PolicyProgram {
  readonly environment: CelEnvironment;
  readonly #variables = new Map<string, () => CompiledCel>();

  constructor({ variables = [] }: Shared<PolicySpec>) {
    const types: Record<string, CelType> = {};
    for (const { name = '', expression = '' } of variables) {
      // A variable sees those before it.
      const environment = policyEnvironment({ ...types });
      this.#variables.set(name, () => compileCel(expression, environment));
      types[name] = typeOf(expression, environment);
    }
    this.environment = policyEnvironment(types);
  }

  /** One evaluation of the policy: variables are computed once, when they are read. */
  start(bindings: CelBindings): PolicyRun {
    const purse = new Purse();
    const all: Record<string, unknown> = { ...bindings };
    all.variables = new Variables(this.#variables, (compiled) => purse.pay((budget) => compiled.evaluate(all, budget)));
    return new PolicyRun(this.environment, all, purse);
  }
}

/** Variables that cannot be compiled are told of when the policy is written; until they are used they do no harm. */
function typeOf(expression: string, environment: CelEnvironment): CelType {
  try {
    return compileCel(expression, environment).type;
  } catch {
    return DYN;
  }
}

/** The `variables` of expressions. */
class Variables extends MapValue {
  override readonly objectType = 'kubernetes.variables';
  readonly #compiled: ReadonlyMap<string, () => CompiledCel>;
  readonly #evaluate: (compiled: CompiledCel) => Value;
  readonly #values = new Map<string, Value>();

  constructor(compiled: ReadonlyMap<string, () => CompiledCel>, evaluate: (compiled: CompiledCel) => Value) {
    super();
    this.#compiled = compiled;
    this.#evaluate = evaluate;
  }

  get size(): number {
    return this.#compiled.size;
  }

  get(key: Value): Value | undefined {
    const name = String(key);
    const known = this.#values.get(name);
    const compiled = this.#compiled.get(name);
    if (known !== undefined || compiled === undefined) return known;
    try {
      const value = this.#evaluate(compiled());
      this.#values.set(name, value);
      return value;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new EvaluationError(`composited variable "${name}" fails to evaluate: ${error.message}`, { cause: error });
    }
  }

  keys(): Iterable<Value> {
    return this.#compiled.keys();
  }
}

/** What all expressions of a run may cost together; none of them may take all of it. */
class Purse {
  #left = PER_OBJECT_LIMIT;

  pay(evaluate: (budget: Budget) => Value): Value {
    const budget = new Budget(Math.min(PER_CALL_LIMIT, this.#left));
    try {
      return evaluate(budget);
    } finally {
      this.#left -= budget.spent;
    }
  }
}

/** An expression of a policy that failed, in upstream's words. */
class ExpressionFailure extends Error {}

/** One evaluation of a policy. */
export class PolicyRun {
  readonly environment: CelEnvironment;
  readonly bindings: CelBindings;
  readonly #purse: Purse;

  constructor(environment: CelEnvironment, bindings: CelBindings, purse: Purse) {
    this.environment = environment;
    this.bindings = bindings;
    this.#purse = purse;
  }

  /** Evaluates an expression; throws an ExpressionFailure. */
  evaluate(expression: string, compiledFrom = expression): Value {
    try {
      const compiled = compileCel(compiledFrom, this.environment);
      return this.#purse.pay((budget) => compiled.evaluate(this.bindings, budget));
    } catch (error) {
      throw new ExpressionFailure(`expression '${expression}' resulted in error: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}
