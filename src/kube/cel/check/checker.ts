import type { Problem } from '../cel-error.ts';
import type { CelEnvironment } from '../environment.ts';
import type { Overload } from '../functions/overload.ts';
import type { Bind, Call, Expression, ListLiteral, Loop, MapLiteral, Select } from '../syntax/ast.ts';
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DYN,
  ERROR,
  INT,
  isAssignable,
  join,
  listOf,
  mapOf,
  NULL,
  optionalOf,
  substitute,
  TYPE,
  typeName,
  UINT,
} from '../types/type.ts';

/** What is known of an expression once it is checked. */
export interface Checked {
  readonly types: ReadonlyMap<Expression, CelType>;
  /** Which overloads a call may mean; several where types are known only when it runs. */
  readonly overloads: ReadonlyMap<Expression, readonly Overload[]>;
  /** Chains such as `authorizer.requestResource` that are one variable. */
  readonly names: ReadonlyMap<Expression, string>;
  readonly problems: readonly Problem[];
  /** Names of the environment's variables that are used. */
  readonly used: ReadonlySet<string>;
}

/** Names of types are values. */
const TYPE_NAMES = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);
const MAX_PROBLEMS = 20;

/** Finds the type of every part of an expression, and what is wrong with it, in cel-go's words. */
export function check(expression: Expression, environment: CelEnvironment): Checked {
  const checker = new Checker(environment);
  checker.typeOf(expression, new Map());
  return checker;
}

type Scope = ReadonlyMap<string, CelType>;

class Checker implements Checked {
  readonly types = new Map<Expression, CelType>();
  readonly overloads = new Map<Expression, readonly Overload[]>();
  readonly names = new Map<Expression, string>();
  readonly problems: Problem[] = [];
  readonly used = new Set<string>();
  readonly #environment: CelEnvironment;

  constructor(environment: CelEnvironment) {
    this.#environment = environment;
  }

  typeOf(expression: Expression, scope: Scope): CelType {
    const type = this.#find(expression, scope);
    this.types.set(expression, type);
    return type;
  }

  #find(expression: Expression, scope: Scope): CelType {
    switch (expression.kind) {
      case 'literal':
        return typeOfLiteral(expression.value);
      case 'identifier':
        return scope.get(expression.name) ?? this.#variable(expression, expression.name);
      case 'select':
        return this.#select(expression, scope);
      case 'call':
        return this.#call(expression, scope);
      case 'list':
        return this.#list(expression, scope);
      case 'map':
        return this.#map(expression, scope);
      case 'loop':
        return this.#loop(expression, scope);
      case 'bind':
        return this.#bind(expression, scope);
    }
  }

  #problem(at: number, message: string): CelType {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ at, message });
    return ERROR;
  }

  #variable(expression: Expression, name: string): CelType {
    const type = this.#environment.variables.get(name);
    if (type !== undefined) {
      this.names.set(expression, name);
      this.used.add(name);
      return type;
    }
    if (TYPE_NAMES.has(name)) return TYPE;
    return this.#problem(expression.at, `undeclared reference to '${name}' (in container '')`);
  }

  #select(expression: Select, scope: Scope): CelType {
    const { operand, field, isTest, isOptional, at } = expression;
    const name = isTest ? undefined : qualifiedName(expression, scope);
    if (name !== undefined && this.#environment.variables.has(name)) return this.#variable(expression, name);
    let of = this.typeOf(operand, scope);
    const wasOptional = of.kind === 'optional';
    if (of.kind === 'optional') of = of.of;
    const found = this.#fieldOf(of, field, at);
    if (isTest) return BOOL;
    return (isOptional || wasOptional) && found.kind !== 'error' ? optionalOf(found) : found;
  }

  #fieldOf(type: CelType, field: string, at: number): CelType {
    switch (type.kind) {
      case 'dyn':
      case 'error':
      case 'parameter':
        return type.kind === 'error' ? ERROR : DYN;
      case 'map':
        return type.value;
      case 'object':
        return type.fields().get(field)?.type ?? this.#problem(at, `undefined field '${field}'`);
      default:
        return this.#problem(at, `type '${typeName(type)}' does not support field selection`);
    }
  }

  #call(expression: Call, scope: Scope): CelType {
    const { name, target, args, at } = expression;
    if (target === undefined) {
      if (name === '_&&_' || name === '_||_' || name === '!_') return this.#logic(expression, scope);
      if (name === '_?_:_') return this.#ternary(expression, scope);
      return this.#resolve(expression, name, this.#environment.functions.functions(name), args, scope, false);
    }
    const prefix = qualifiedName(target, scope);
    if (prefix !== undefined && !this.#environment.variables.has(prefix.split('.')[0] ?? '')) {
      const functions = this.#environment.functions.functions(`${prefix}.${name}`);
      if (functions.length > 0) return this.#resolve(expression, `${prefix}.${name}`, functions, args, scope, false);
    }
    const methods = this.#environment.functions.methods(name);
    if (methods.length === 0) {
      for (const part of [target, ...args]) this.typeOf(part, scope);
      return this.#problem(at, `undeclared reference to '${name}' (in container '')`);
    }
    return this.#resolve(expression, name, methods, [target, ...args], scope, true);
  }

  #resolve(
    expression: Call,
    name: string,
    candidates: readonly Overload[],
    args: readonly Expression[],
    scope: Scope,
    isMethod: boolean,
  ): CelType {
    const types = args.map((arg) => this.typeOf(arg, scope));
    if (candidates.length === 0)
      return this.#problem(expression.at, `undeclared reference to '${name}' (in container '')`);
    if (types.some(({ kind }) => kind === 'error')) return ERROR;
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const candidate of candidates) {
      const found = resultOf(candidate, types);
      if (found === undefined) continue;
      fitting.push(candidate);
      result = result === undefined ? found : join(result, found);
    }
    if (result === undefined) {
      const applied = types.map(typeName);
      const shown = isMethod ? `${applied[0]}.(${applied.slice(1).join(', ')})` : `(${applied.join(', ')})`;
      return this.#problem(expression.at, `found no matching overload for '${name}' applied to '${shown}'`);
    }
    this.overloads.set(expression, fitting);
    return result;
  }

  #logic({ name, args, at }: Call, scope: Scope): CelType {
    const types = args.map((arg) => this.typeOf(arg, scope));
    if (types.every((type) => isAssignable(BOOL, type, new Map()))) return BOOL;
    return this.#problem(
      at,
      `found no matching overload for '${name}' applied to '(${types.map(typeName).join(', ')})'`,
    );
  }

  #ternary({ args, at }: Call, scope: Scope): CelType {
    const [condition, yes, no] = args.map((arg) => this.typeOf(arg, scope)) as [CelType, CelType, CelType];
    const bindings = new Map<string, CelType>();
    const parameter: CelType = { kind: 'parameter', name: 'T' };
    const fits =
      isAssignable(BOOL, condition, bindings) &&
      isAssignable(parameter, yes, bindings) &&
      isAssignable(parameter, no, bindings);
    if (fits) return yes.kind === 'dyn' || no.kind === 'dyn' ? DYN : substitute(parameter, bindings);
    const shown = [condition, yes, no].map(typeName).join(', ');
    return this.#problem(at, `found no matching overload for '_?_:_' applied to '(${shown})'`);
  }

  #list({ items }: ListLiteral, scope: Scope): CelType {
    let type: CelType | undefined;
    for (const { value, isOptional } of items) {
      let item = this.typeOf(value, scope);
      if (isOptional && item.kind === 'optional') item = item.of;
      type = type === undefined ? item : join(type, item);
    }
    return listOf(type ?? { kind: 'parameter', name: 'item' }, items.length);
  }

  #map({ entries }: MapLiteral, scope: Scope): CelType {
    let [keys, values]: (CelType | undefined)[] = [undefined, undefined];
    for (const { key, value, isOptional } of entries) {
      const keyType = this.typeOf(key, scope);
      let valueType = this.typeOf(value, scope);
      if (isOptional && valueType.kind === 'optional') valueType = valueType.of;
      keys = keys === undefined ? keyType : join(keys, keyType);
      values = values === undefined ? valueType : join(values, valueType);
    }
    const unknown = (name: string): CelType => ({ kind: 'parameter', name });
    return mapOf(keys ?? unknown('key'), values ?? unknown('value'), entries.length);
  }

  #loop(expression: Loop, scope: Scope): CelType {
    const { macro, range, variables, filter, body } = expression;
    const over = this.typeOf(range, scope);
    const inner = new Map(scope);
    const [first, second] = this.#elements(over, range.at, variables.length === 2);
    inner.set(variables[0] as string, first);
    if (variables[1] !== undefined) inner.set(variables[1], second);
    if (filter !== undefined) this.#wantBool(filter, inner);
    switch (macro) {
      case 'map':
      case 'transformList':
        return listOf(this.typeOf(body, inner), over.maxSize);
      case 'filter':
        this.#wantBool(body, inner);
        return listOf(first, over.maxSize);
      case 'transformMap':
        return mapOf(first, this.typeOf(body, inner), over.maxSize);
      case 'transformMapEntry': {
        const entry = this.typeOf(body, inner);
        return entry.kind === 'map' ? mapOf(entry.key, entry.value, over.maxSize) : DYN;
      }
      default:
        this.#wantBool(body, inner);
        return BOOL;
    }
  }

  /** The types of a loop's variables. */
  #elements(over: CelType, at: number, isTwo: boolean): [CelType, CelType] {
    switch (over.kind) {
      case 'list':
        return isTwo ? [INT, over.item] : [over.item, over.item];
      case 'map':
        return [over.key, over.value];
      case 'dyn':
      case 'parameter':
        return [DYN, DYN];
      case 'error':
        return [ERROR, ERROR];
      default:
        this.#problem(
          at,
          `expression of type '${typeName(over)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return [ERROR, ERROR];
    }
  }

  #wantBool(expression: Expression, scope: Scope): void {
    const type = this.typeOf(expression, scope);
    if (!isAssignable(BOOL, type, new Map()))
      this.#problem(expression.at, `expected type 'bool' but found '${typeName(type)}'`);
  }

  #bind({ form, variable, value, body, at }: Bind, scope: Scope): CelType {
    const type = this.typeOf(value, scope);
    const inner = new Map(scope);
    if (form === 'bind') return this.typeOf(body, inner.set(variable, type));
    if (type.kind !== 'optional' && type.kind !== 'dyn' && type.kind !== 'error')
      return this.#problem(at, `found no matching overload for '${form}' applied to '${typeName(type)}.()'`);
    const result = this.typeOf(body, inner.set(variable, type.kind === 'optional' ? type.of : type));
    return form === 'optMap' ? optionalOf(result) : result;
  }
}

function typeOfLiteral(value: Extract<Expression, { kind: 'literal' }>['value']): CelType {
  switch (typeof value) {
    case 'boolean':
      return BOOL;
    case 'bigint':
      return INT;
    case 'number':
      return DOUBLE;
    case 'string':
      return { kind: 'string', maxSize: value.length };
    default:
      if (value === null) return NULL;
      return value instanceof Uint8Array ? { ...BYTES, maxSize: value.length } : UINT;
  }
}

/** `a.b.c` of a chain of names that starts with a variable that no loop has; undefined for anything else. */
function qualifiedName(expression: Expression, scope: Scope): string | undefined {
  if (expression.kind === 'identifier') return scope.has(expression.name) ? undefined : expression.name;
  if (expression.kind !== 'select' || expression.isTest || expression.isOptional) return undefined;
  const before = qualifiedName(expression.operand, scope);
  return before === undefined ? undefined : `${before}.${expression.field}`;
}

/** The type of an overload's result, if it can be called with arguments of these types. */
function resultOf({ signature: { params, result } }: Overload, types: readonly CelType[]): CelType | undefined {
  if (params.length !== types.length) return undefined;
  const bindings = new Map<string, CelType>();
  for (const [index, param] of params.entries()) {
    if (!isAssignable(param, types[index] as CelType, bindings)) return undefined;
  }
  return substitute(result, bindings);
}
