import type { Checked } from '../check/checker.ts';
import type { Bind, Call, Expression, ListLiteral, Loop, MapLiteral } from '../syntax/ast.ts';
import { type CelType, DYN } from '../types/type.ts';

/** What an expression may cost at most, and how large its result can be. */
interface Estimate {
  readonly cost: number;
  readonly size: number;
}

/** A request holds no more characters than this: the size of what has no limit of its own. */
export const MAX_REQUEST_SIZE = 3 * 1024 * 1024;
const LIST_COST = 10;
const MAP_COST = 30;
const TURN_COST = 3;

/** Foretells what an expression costs at worst, by the sizes that the types of its variables allow. Never below what it will cost by much. */
export function estimateCost(expression: Expression, checked: Checked): number {
  return new Estimator(checked).of(expression, new Map()).cost;
}

type Sizes = ReadonlyMap<string, number>;

class Estimator {
  readonly #checked: Checked;

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  of(expression: Expression, sizes: Sizes): Estimate {
    switch (expression.kind) {
      case 'literal':
        return { cost: 0, size: sizeOfType(this.#type(expression)) };
      case 'identifier':
        return { cost: 1, size: sizes.get(expression.name) ?? sizeOfType(this.#type(expression)) };
      case 'select': {
        const size = sizeOfType(this.#type(expression));
        return this.#checked.names.has(expression)
          ? { cost: 1, size }
          : { cost: this.of(expression.operand, sizes).cost + 1, size };
      }
      case 'call':
        return this.#call(expression, sizes);
      case 'list':
      case 'map':
        return this.#literal(expression, sizes);
      case 'loop':
        return this.#loop(expression, sizes);
      case 'bind':
        return this.#bind(expression, sizes);
    }
  }

  #type(expression: Expression): CelType {
    return this.#checked.types.get(expression) ?? DYN;
  }

  #call(expression: Call, sizes: Sizes): Estimate {
    const { name, target, args } = expression;
    const overloads = this.#checked.overloads.get(expression) ?? [];
    const isMethod = overloads[0]?.signature.isMethod === true;
    const parts = (isMethod && target !== undefined ? [target, ...args] : args).map((part) => this.of(part, sizes));
    const before = parts.reduce((sum, { cost }) => sum + cost, 0);
    if (name === '_?_:_' && target === undefined) {
      const [condition, yes, no] = parts as [Estimate, Estimate, Estimate];
      return { cost: condition.cost + Math.max(yes.cost, no.cost), size: Math.max(yes.size, no.size) };
    }
    const given = parts.map(({ size }) => size);
    const costs = overloads.map(({ cost }) => cost?.(given) ?? 1);
    const size = Math.max(0, ...overloads.map((overload) => overload.size?.(given) ?? 0));
    return {
      cost: before + Math.max(1, ...costs),
      size: size > 0 ? Math.min(size, MAX_REQUEST_SIZE) : sizeOfType(this.#type(expression), given[0]),
    };
  }

  #literal(expression: ListLiteral | MapLiteral, sizes: Sizes): Estimate {
    if (expression.kind === 'list') {
      const cost = expression.items.reduce((sum, { value }) => sum + this.of(value, sizes).cost, LIST_COST);
      return { cost, size: expression.items.length };
    }
    const cost = expression.entries.reduce(
      (sum, { key, value }) => sum + this.of(key, sizes).cost + this.of(value, sizes).cost,
      MAP_COST,
    );
    return { cost, size: expression.entries.length };
  }

  #loop({ range, variables, filter, body, macro }: Loop, sizes: Sizes): Estimate {
    const over = this.of(range, sizes);
    const inner = new Map(sizes);
    for (const variable of variables) inner.delete(variable);
    const each = this.of(body, inner).cost + (filter === undefined ? 0 : this.of(filter, inner).cost);
    const makesMany = macro === 'map' || macro === 'filter' || macro.startsWith('transform');
    return { cost: over.cost + over.size * (each + TURN_COST), size: makesMany ? over.size : 1 };
  }

  #bind({ variable, value, body }: Bind, sizes: Sizes): Estimate {
    const bound = this.of(value, sizes);
    const inner = this.of(body, new Map(sizes).set(variable, bound.size));
    return { cost: bound.cost + inner.cost + 1, size: inner.size };
  }
}

/** How large values of a type can be; `fallback` for texts and lists that some argument decides about. */
function sizeOfType(type: CelType, fallback = MAX_REQUEST_SIZE): number {
  switch (type.kind) {
    case 'string':
    case 'bytes':
    case 'list':
    case 'map':
      return type.maxSize ?? fallback;
    case 'dyn':
      return type.maxSize ?? 1;
    case 'optional':
      return sizeOfType(type.of, fallback);
    default:
      return 1;
  }
}
