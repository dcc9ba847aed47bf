/** What all nodes have: the place in the source, in characters from 0. */
interface Node {
  readonly at: number;
}

/** A literal. Integers are bigints, uints are `{ uint }`. */
export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: null | boolean | bigint | number | string | Uint8Array | { readonly uint: bigint };
}

/** A variable, or the name of a type. */
export interface Identifier extends Node {
  readonly kind: 'identifier';
  readonly name: string;
}

/** `operand.field`, `operand.?field`, or `has(operand.field)`. */
export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  readonly isTest: boolean;
  readonly isOptional: boolean;
}

/** A function, a method of `target`, or an operator by cel-go's name (`_+_`). */
export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

/** `[a, ?b]`. */
export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly items: readonly { readonly value: Expression; readonly isOptional: boolean }[];
}

/** `{a: b, ?c: d}`. */
export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expression; readonly value: Expression; readonly isOptional: boolean }[];
}

/** The macros that go over a list or map. */
export type LoopMacro =
  | 'all'
  | 'exists'
  | 'exists_one'
  | 'existsOne'
  | 'map'
  | 'filter'
  | 'transformList'
  | 'transformMap'
  | 'transformMapEntry';

/** `range.macro(variables…, [filter,] body)`. */
export interface Loop extends Node {
  readonly kind: 'loop';
  readonly macro: LoopMacro;
  readonly range: Expression;
  /** One, or two: index or key, and value. */
  readonly variables: readonly string[];
  readonly filter: Expression | undefined;
  readonly body: Expression;
}

/** `cel.bind(variable, value, body)`; `optMap` and `optFlatMap` bind what is in an optional. */
export interface Bind extends Node {
  readonly kind: 'bind';
  readonly form: 'bind' | 'optMap' | 'optFlatMap';
  readonly variable: string;
  readonly value: Expression;
  readonly body: Expression;
}

/** Any node. Operators are calls. */
export type Expression = Literal | Identifier | Select | Call | ListLiteral | MapLiteral | Loop | Bind;
