import { EvaluationError } from '../cel-error.ts';
import type { CelType } from '../types/type.ts';
import { fromJson } from '../values/json.ts';
import {
  Duration,
  ListValue,
  MapValue,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from '../values/value.ts';
import type { Budget } from './budget.ts';

/** What variables stand for: JSON, values of CEL, or functions that make one when it is asked for. */
export type CelBindings = Readonly<Record<string, unknown>>;

const CLASSES = [ListValue, MapValue, Optional, Duration, Timestamp, Uint, TypeValue, Opaque, Uint8Array] as const;

/** One evaluation: variables of the environment, those of loops by their slot, and the budget. */
export class Frame {
  readonly budget: Budget;
  /** The variables of the loops and bindings around the present place. */
  readonly slots: Value[] = [];
  readonly #bindings: CelBindings;
  readonly #values = new Map<string, Value>();

  constructor(bindings: CelBindings, budget: Budget) {
    this.#bindings = bindings;
    this.budget = budget;
  }

  /** The value of a variable; made of JSON when it is first read. */
  variable(name: string, type: CelType): Value {
    let value = this.#values.get(name);
    if (value === undefined) {
      value = this.#make(name, type);
      this.#values.set(name, value);
    }
    return value;
  }

  #make(name: string, type: CelType): Value {
    let given = Object.hasOwn(this.#bindings, name) ? this.#bindings[name] : undefined;
    if (typeof given === 'function') given = (given as () => unknown)();
    if (given === undefined) throw new EvaluationError(`no such attribute(s): ${name}`);
    if (CLASSES.some((each) => given instanceof each)) return given as Value;
    return fromJson(given, type);
  }
}
