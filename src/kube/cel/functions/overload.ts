import type { Budget } from '../evaluate/budget.ts';
import { parseSignature, type Signature } from '../types/signature.ts';
import type { Value } from '../values/value.ts';

/** Computes a function: gets its arguments, then the budget for what it costs beyond its price. */
export type Implementation = (...args: (Value | Budget)[]) => Value;

/** What a call costs, and how large its result can be, by the sizes of the arguments (characters, items; 1 for all else). */
export interface Pricing {
  readonly cost?: (sizes: readonly number[]) => number;
  readonly size?: (sizes: readonly number[]) => number;
}

/** One signature of a function, and what it does. */
export interface Overload extends Pricing {
  readonly signature: Signature;
  readonly run: Implementation;
}

/** Defines an overload. The handler's parameters are the types that the signature promises. */
export function overload<Args extends readonly never[] | readonly unknown[]>(
  signature: string,
  run: (...args: Args) => Value,
  pricing: Pricing = {},
): Overload {
  return { signature: parseSignature(signature), run: run as unknown as Implementation, ...pricing };
}

const PER_CHARACTER = 0.1;

/** The price of going over one argument's characters. */
export const overFirst: Pricing = { cost: ([first = 1]) => 1 + Math.ceil(first * PER_CHARACTER) };
/** The price of going over the second argument's characters. */
export const overSecond: Pricing = { cost: ([, second = 1]) => 1 + Math.ceil(second * PER_CHARACTER) };
/** The price of looking for one text in another. */
export const search: Pricing = {
  cost: ([first = 1, second = 1]) =>
    1 + Math.ceil(first * PER_CHARACTER) * Math.max(1, Math.ceil(second * PER_CHARACTER)),
};
/** The price of matching a text with a regular expression. */
export const matching: Pricing = {
  cost: ([text = 1, pattern = 1]) => 1 + Math.ceil((1 + text) * PER_CHARACTER) * Math.ceil(pattern * 0.25),
};
/** The price of joining two values to one. */
export const joining: Pricing = {
  cost: ([first = 1, second = 1]) => 1 + Math.ceil((first + second) * PER_CHARACTER),
  size: ([first = 0, second = 0]) => first + second,
};
/** The price of looking at every item of a list. */
export const overItems: Pricing = { cost: ([first = 1]) => 1 + first };
/** The price of comparing every item of one list with every item of another. */
export const everyPair: Pricing = { cost: ([first = 1, second = 1]) => 1 + first * second };
/** The price of comparing two values. */
export const comparing: Pricing = {
  cost: ([first = 1, second = 1]) => 1 + Math.floor(Math.min(first, second) * PER_CHARACTER),
};
