import { EvaluationError } from '../cel-error.ts';
import type { Checked } from '../check/checker.ts';
import type { Overload } from '../functions/overload.ts';
import type { Bind, Call, Expression, ListLiteral, MapLiteral, Select } from '../syntax/ast.ts';
import { type CelType, DYN } from '../types/type.ts';
import { isOfKind } from '../values/type-of.ts';
import { ArrayList, EntryMap, MapValue, Optional, TypeValue, Uint, type Value } from '../values/value.ts';
import type { Frame } from './frame.ts';
import { and, not, or, ternary } from './logic.ts';
import { planLoop } from './loops.ts';
import { sizeOf } from './size-of.ts';
import { freeName, type Slots } from './slots.ts';

/** A part of an expression, ready to run. */
export type Run = (frame: Frame) => Value;

const LIST_COST = 10;
const MAP_COST = 30;

/** Turns a checked expression into closures. */
export class Planner {
  readonly #checked: Checked;

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  plan(expression: Expression, slots: Slots): Run {
    switch (expression.kind) {
      case 'literal':
        return literal(expression.value);
      case 'identifier':
        return this.#identifier(expression, expression.name, slots);
      case 'select':
        return this.#select(expression, slots);
      case 'call':
        return this.#call(expression, slots);
      case 'list':
        return this.#list(expression, slots);
      case 'map':
        return this.#map(expression, slots);
      case 'loop':
        return planLoop(this, expression, slots);
      case 'bind':
        return this.#bind(expression, slots);
    }
  }

  #typeOf(expression: Expression): CelType {
    return this.#checked.types.get(expression) ?? DYN;
  }

  #identifier(expression: Expression, name: string, slots: Slots): Run {
    const slot = slots.get(name);
    if (slot !== undefined && !this.#checked.names.has(expression)) {
      return ({ slots: values, budget }) => {
        budget.charge(1);
        return values[slot] as Value;
      };
    }
    const variable = this.#checked.names.get(expression);
    if (variable === undefined) {
      const type = new TypeValue(name);
      return () => type;
    }
    const type = this.#typeOf(expression);
    return (frame) => {
      frame.budget.charge(1);
      return frame.variable(variable, type);
    };
  }

  #select(expression: Select, slots: Slots): Run {
    if (this.#checked.names.has(expression)) return this.#identifier(expression, '', slots);
    const operand = this.plan(expression.operand, slots);
    const { field, isTest, isOptional } = expression;
    const take = isTest ? test(field) : isOptional ? optional(field) : get(field);
    return (frame) => {
      frame.budget.charge(1);
      return take(operand(frame));
    };
  }

  #call(expression: Call, slots: Slots): Run {
    const { name, target, args } = expression;
    if (target === undefined && (name === '_&&_' || name === '_||_')) {
      const [left, right] = args.map((arg) => this.plan(arg, slots)) as [Run, Run];
      return name === '_&&_' ? and(left, right) : or(left, right);
    }
    if (target === undefined && name === '!_') return not(this.plan(args[0] as Expression, slots));
    if (target === undefined && name === '_?_:_') {
      const [condition, yes, no] = args.map((arg) => this.plan(arg, slots)) as [Run, Run, Run];
      return ternary(condition, yes, no);
    }
    const overloads = this.#checked.overloads.get(expression) ?? [];
    const isMethod = overloads[0]?.signature.isMethod === true;
    const parts = isMethod && target !== undefined ? [target, ...args] : args;
    const runs = parts.map((part) => this.plan(part, slots));
    const only = overloads.length === 1 && parts.every((part) => !isDynamic(this.#typeOf(part)));
    return only ? direct(overloads[0] as Overload, runs) : dispatch(overloads, runs);
  }

  #list({ items }: ListLiteral, slots: Slots): Run {
    const runs = items.map(({ value, isOptional }) => ({ run: this.plan(value, slots), isOptional }));
    return (frame) => {
      frame.budget.charge(LIST_COST);
      const values: Value[] = [];
      for (const { run, isOptional } of runs) {
        const value = run(frame);
        if (!isOptional) values.push(value);
        else if (value instanceof Optional && value.value !== undefined) values.push(value.value);
      }
      return new ArrayList(values);
    };
  }

  #map({ entries }: MapLiteral, slots: Slots): Run {
    const runs = entries.map(({ key, value, isOptional }) => {
      return { key: this.plan(key, slots), value: this.plan(value, slots), isOptional };
    });
    return (frame) => {
      frame.budget.charge(MAP_COST);
      const map = new EntryMap();
      for (const { key, value, isOptional } of runs) {
        let given: Value | undefined = value(frame);
        if (isOptional) given = given instanceof Optional ? given.value : given;
        const name = key(frame);
        if (given !== undefined && !map.add(name, given))
          throw new EvaluationError(`Failed with repeated key: ${String(name)}`);
      }
      return map;
    };
  }

  #bind({ form, variable, value, body }: Bind, slots: Slots): Run {
    const slot = slots.size;
    const given = this.plan(value, slots);
    const inner = this.plan(body, new Map(slots).set(freeName(variable, slots), slot).set(variable, slot));
    return (frame) => {
      frame.budget.charge(1);
      let bound: Value | undefined = given(frame);
      if (form !== 'bind') {
        if (!(bound instanceof Optional)) throw new EvaluationError('no such overload');
        if (bound.value === undefined) return Optional.none;
        bound = bound.value;
      }
      frame.slots[slot] = bound;
      const result = inner(frame);
      return form === 'optMap' ? new Optional(result) : result;
    };
  }
}

function literal(value: Extract<Expression, { kind: 'literal' }>['value']): Run {
  const made: Value =
    typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? new Uint(value.uint) : value;
  return () => made;
}

function isDynamic(type: CelType): boolean {
  return type.kind === 'dyn' || type.kind === 'parameter';
}

function fieldOf(value: Value, field: string): Value | undefined {
  if (value instanceof MapValue) return value.get(field);
  if (value instanceof Optional) return value.value === undefined ? undefined : fieldOf(value.value, field);
  throw new EvaluationError('no such overload');
}

function get(field: string): (value: Value) => Value {
  return (value) => {
    if (value instanceof Optional) {
      const found = value.value === undefined ? undefined : fieldOf(value.value, field);
      return found === undefined ? Optional.none : new Optional(found);
    }
    const found = fieldOf(value, field);
    if (found === undefined) throw new EvaluationError(`no such key: ${field}`);
    return found;
  };
}

function test(field: string): (value: Value) => Value {
  return (value) => fieldOf(value, field) !== undefined;
}

function optional(field: string): (value: Value) => Value {
  return (value) => {
    const found = value === null ? undefined : fieldOf(value, field);
    return found === undefined ? Optional.none : new Optional(found);
  };
}

/** A call whose overload is known. */
function direct({ run, cost }: Overload, args: readonly Run[]): Run {
  if (args.length === 2) return directTwo(run, cost, args as [Run, Run]);
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    frame.budget.charge(cost === undefined ? 1 : cost(values.map(sizeOf)));
    return run(...values, frame.budget);
  };
}

/** The form of all operators, without a list in between. */
function directTwo(run: Overload['run'], cost: Overload['cost'], [first, second]: [Run, Run]): Run {
  return (frame) => {
    const [a, b] = [first(frame), second(frame)];
    frame.budget.charge(cost === undefined ? 1 : cost([sizeOf(a), sizeOf(b)]));
    return run(a, b, frame.budget);
  };
}

/** A call that finds its overload by the values that come. */
function dispatch(overloads: readonly Overload[], args: readonly Run[]): Run {
  return (frame) => {
    const values = args.map((arg) => arg(frame));
    for (const { signature, run, cost } of overloads) {
      if (!signature.params.every((param, index) => isOfKind(values[index] as Value, param))) continue;
      frame.budget.charge(cost === undefined ? 1 : cost(values.map(sizeOf)));
      return run(...values, frame.budget);
    }
    throw new EvaluationError('no such overload');
  };
}
