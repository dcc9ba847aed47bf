import { fieldOf, isObject } from '../schema/json-value.ts';
import { JsonPathParser, type Step } from './json-path-parser.ts';

/** Values that one path may lead to; hostile ones would multiply. */
const MAX_VALUES = 1000;

/** A compiled JSONPath: the values that it leads to, in order. */
export type JsonPath = (object: unknown) => unknown[];

/** Compiles a path such as `.status.conditions[?(@.type=="Ready")].status`. Throws an Error that says what is wrong with it. */
export function compileJsonPath(text: string): JsonPath {
  const steps = new JsonPathParser(text).steps();
  return (object) => follow(steps, object);
}

function follow(steps: readonly Step[], object: unknown): unknown[] {
  let values: unknown[] = [object];
  for (const step of steps) {
    const next: unknown[] = [];
    for (const value of values) {
      for (const found of take(step, value)) {
        if (next.length >= MAX_VALUES) break;
        next.push(found);
      }
    }
    values = next;
  }
  return values;
}

function take(step: Step, value: unknown): unknown[] {
  switch (step.type) {
    case 'field': {
      const found = fieldOf(value, step.name);
      return found === undefined ? [] : [found];
    }
    case 'index': {
      const found = Array.isArray(value) ? value.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to).filter((_, at) => at % step.by === 0) : [];
    case 'all':
      return childrenOf(value);
    case 'below':
      return below(value);
    case 'filter':
      return childrenOf(value).filter((child) => matches(step, child));
  }
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
}

/** The value and everything in it. */
function below(value: unknown): unknown[] {
  const all = [value];
  for (let at = 0; at < all.length && all.length < MAX_VALUES; at++) {
    for (const child of childrenOf(all[at]).slice(0, MAX_VALUES)) all.push(child);
  }
  return all;
}

function matches({ path, operator, operand }: Extract<Step, { type: 'filter' }>, item: unknown): boolean {
  const [left] = follow(path, item);
  if (operator === undefined) return left !== undefined;
  const right = typeof operand === 'object' && operand !== null ? follow(operand, item)[0] : operand;
  if (left === undefined || right === undefined) return false;
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
  }
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const [a, b] = [left, right as typeof left];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}
