import type { CelError } from '../cel-error.ts';
import type { Call, Expression, LoopMacro } from './ast.ts';
import { problem, type Token, tokens } from './lexer.ts';

/** How deep expressions may nest; cel-go's limit for recursion is of this size. */
const MAX_DEPTH = 200;
const BINARY: readonly ReadonlyMap<string, string>[] = [
  new Map([['||', '_||_']]),
  new Map([['&&', '_&&_']]),
  new Map([
    ['==', '_==_'],
    ['!=', '_!=_'],
    ['<', '_<_'],
    ['<=', '_<=_'],
    ['>', '_>_'],
    ['>=', '_>=_'],
    ['in', '@in'],
  ]),
  new Map([
    ['+', '_+_'],
    ['-', '_-_'],
  ]),
  new Map([
    ['*', '_*_'],
    ['/', '_/_'],
    ['%', '_%_'],
  ]),
];
const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const RESERVED = new Set(
  'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);
/** Macros over a range, with how many arguments they take. */
const LOOPS: ReadonlyMap<string, readonly number[]> = new Map([
  ['all', [2, 3]],
  ['exists', [2, 3]],
  ['exists_one', [2, 3]],
  ['existsOne', [2, 3]],
  ['map', [2, 3]],
  ['filter', [2]],
  ['transformList', [3, 4]],
  ['transformMap', [3, 4]],
  ['transformMapEntry', [3, 4]],
]);
const MAX_INT = 2n ** 63n - 1n;

/** Parses an expression, macros included. Throws a CelError. */
export function parse(source: string): Expression {
  return new Parser(source).whole();
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokens(source);
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#peek().type !== 'end') throw this.#error(`extraneous input '${this.#peek().text}' expecting <EOF>`);
    return expression;
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw this.#error('expression recursion limit exceeded');
    const condition = this.#binary(0);
    const { at } = this.#peek();
    let expression = condition;
    if (this.#eat('?')) {
      const yes = this.#binary(0);
      this.#expect(':');
      expression = call('_?_:_', [condition, yes, this.#expression()], at);
    }
    this.#depth--;
    return expression;
  }

  #binary(level: number): Expression {
    const operators = BINARY[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (let links = 0; ; links++) {
      const { text, type, at } = this.#peek();
      const name = type === 'operator' || text === 'in' ? operators.get(text) : undefined;
      if (name === undefined) return left;
      if (links > MAX_DEPTH * 4) throw this.#error('expression recursion limit exceeded');
      this.#next++;
      left = call(name, [left, this.#binary(level + 1)], at);
    }
  }

  #unary(): Expression {
    const { at } = this.#peek();
    const operator = this.#eat('!') ? '!' : this.#eat('-') ? '-' : undefined;
    if (operator === undefined) return this.#member();
    if (++this.#depth > MAX_DEPTH) throw this.#error('expression recursion limit exceeded');
    const expression = this.#negated(operator, at);
    this.#depth--;
    return expression;
  }

  #negated(operator: '!' | '-', at: number): Expression {
    const { type, value } = this.#peek();
    if (operator === '-' && type === 'int' && value === MAX_INT + 1n) {
      this.#next++;
      return this.#members({ kind: 'literal', value: -(MAX_INT + 1n), at });
    }
    const operand = this.#unary();
    if (operator === '!') return call('!_', [operand], at);
    if (operand.kind === 'literal' && typeof operand.value === 'bigint')
      return { ...operand, value: -operand.value, at };
    if (operand.kind === 'literal' && typeof operand.value === 'number')
      return { ...operand, value: -operand.value, at };
    return call('-_', [operand], at);
  }

  #member(): Expression {
    return this.#members(this.#primary());
  }

  #members(start: Expression): Expression {
    let operand = start;
    for (let links = 0; ; links++) {
      const { at } = this.#peek();
      if (links > MAX_DEPTH) throw this.#error('expression recursion limit exceeded');
      if (this.#eat('.')) operand = this.#dotted(operand, at);
      else if (this.#eat('.?')) operand = select(operand, this.#fieldName(), at, { isOptional: true });
      else if (this.#eat('[?')) operand = this.#index(operand, '_[?_]', at);
      else if (this.#eat('[')) operand = this.#index(operand, '_[_]', at);
      else return operand;
    }
  }

  #index(operand: Expression, name: string, at: number): Expression {
    const index = this.#expression();
    this.#expect(']');
    return call(name, [operand, index], at);
  }

  #dotted(operand: Expression, at: number): Expression {
    const isQuoted = this.#peek().type === 'quoted';
    const name = this.#fieldName();
    if (isQuoted || this.#peek().text !== '(' || this.#peek().type !== 'operator') return select(operand, name, at, {});
    const place = this.#peek().at;
    this.#next++;
    return this.#method(operand, name, this.#arguments(')'), place);
  }

  #fieldName(): string {
    const { type, text, value } = this.#peek();
    if (type === 'quoted') {
      this.#next++;
      return value as string;
    }
    if (type !== 'identifier' || text === 'in' || text === 'true' || text === 'false' || text === 'null')
      throw this.#error(`mismatched input '${text}' expecting IDENTIFIER`);
    this.#next++;
    return text;
  }

  /** A method, or a macro that looks like one. */
  #method(target: Expression, name: string, args: Expression[], at: number): Expression {
    if (LOOPS.get(name)?.includes(args.length)) return this.#loop(name as LoopMacro, target, args, at);
    if ((name === 'optMap' || name === 'optFlatMap') && args.length === 2) {
      const [variable, body] = args as [Expression, Expression];
      return { kind: 'bind', form: name, variable: this.#variable(variable), value: target, body, at };
    }
    if (name === 'bind' && args.length === 3 && target.kind === 'identifier' && target.name === 'cel') {
      const [variable, value, body] = args as [Expression, Expression, Expression];
      return { kind: 'bind', form: 'bind', variable: this.#variable(variable), value, body, at };
    }
    return { kind: 'call', name, target, args, at };
  }

  #loop(macro: LoopMacro, range: Expression, args: Expression[], at: number): Expression {
    const two = macro.startsWith('transform') || (args.length === 3 && macro !== 'map');
    const variables = args.slice(0, two ? 2 : 1).map((arg) => this.#variable(arg));
    const rest = args.slice(variables.length);
    const body = rest.at(-1) as Expression;
    return { kind: 'loop', macro, range, variables, filter: rest.length > 1 ? rest[0] : undefined, body, at };
  }

  #variable(expression: Expression): string {
    if (expression.kind === 'identifier') return expression.name;
    throw problem(this.#source, expression.at, 'argument must be a simple name');
  }

  #primary(): Expression {
    const token = this.#peek();
    const { at, type, value } = token;
    this.#next++;
    switch (type) {
      case 'string':
      case 'double':
      case 'bytes':
        return { kind: 'literal', value: value as string | number | Uint8Array, at };
      case 'int':
        if ((value as bigint) > MAX_INT) throw problem(this.#source, at, 'invalid int literal');
        return { kind: 'literal', value: value as bigint, at };
      case 'uint':
        return { kind: 'literal', value: { uint: value as bigint }, at };
      case 'identifier':
        return this.#named(token);
      case 'operator':
        return this.#bracketed(token);
      default:
        this.#next--;
        throw this.#error(`mismatched input '${token.text}' expecting ${EXPECTED}`);
    }
  }

  #named({ text, at }: Token): Expression {
    if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at };
    if (text === 'null') return { kind: 'literal', value: null, at };
    if (text === 'in') {
      this.#next--;
      throw this.#error(`mismatched input 'in' expecting ${EXPECTED}`);
    }
    if (RESERVED.has(text)) throw problem(this.#source, at, `reserved identifier: ${text}`);
    if (this.#peek().text !== '(' || this.#peek().type !== 'operator') return { kind: 'identifier', name: text, at };
    const place = this.#peek().at;
    this.#next++;
    const args = this.#arguments(')');
    if (text === 'has' && args.length === 1) return this.#has(args[0] as Expression);
    return call(text, args, place);
  }

  #has(argument: Expression): Expression {
    if (argument.kind === 'select') return { ...argument, isTest: true };
    throw problem(this.#source, argument.at, 'invalid argument to has() macro');
  }

  #bracketed(token: Token): Expression {
    const { text, at } = token;
    if (text === '(') {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (text === '[' || text === '[?') return this.#list(at, text === '[?');
    if (text === '{') return this.#map(at);
    if (text === '.' && this.#peek().type === 'identifier') {
      this.#next++;
      return this.#named(this.#tokens[this.#next - 1] as Token);
    }
    this.#next--;
    const kind = text === ')' || text === ']' || text === '}' ? 'extraneous' : 'mismatched';
    throw this.#error(`${kind} input '${text}' expecting ${EXPECTED}`);
  }

  #list(at: number, startsOptional: boolean): Expression {
    const items: { value: Expression; isOptional: boolean }[] = [];
    let isOptional = startsOptional;
    while (isOptional || !this.#eat(']')) {
      isOptional ||= this.#eat('?');
      items.push({ value: this.#expression(), isOptional });
      isOptional = false;
      if (!this.#eat(',')) {
        this.#expect(']');
        break;
      }
    }
    return { kind: 'list', items, at };
  }

  #map(at: number): Expression {
    const entries: { key: Expression; value: Expression; isOptional: boolean }[] = [];
    while (!this.#eat('}')) {
      const isOptional = this.#eat('?');
      const key = this.#expression();
      this.#expect(':');
      entries.push({ key, value: this.#expression(), isOptional });
      if (this.#eat(',')) continue;
      this.#expect('}');
      break;
    }
    return { kind: 'map', entries, at };
  }

  #arguments(end: string): Expression[] {
    const args: Expression[] = [];
    if (this.#eat(end)) return args;
    do args.push(this.#expression());
    while (this.#eat(','));
    this.#expect(end);
    return args;
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #eat(text: string): boolean {
    const token = this.#peek();
    if (token.type !== 'operator' || token.text !== text) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#eat(text)) throw this.#error(`mismatched input '${this.#peek().text}' expecting '${text}'`);
  }

  #error(message: string): CelError {
    return problem(this.#source, this.#peek().at, `Syntax error: ${message}`);
  }
}

function call(name: string, args: readonly Expression[], at: number): Call {
  return { kind: 'call', name, target: undefined, args, at };
}

function select(operand: Expression, field: string, at: number, { isOptional = false }): Expression {
  return { kind: 'select', operand, field, isTest: false, isOptional, at };
}
