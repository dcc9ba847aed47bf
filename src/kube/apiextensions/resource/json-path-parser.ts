/** How a filter compares. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** One step of a JSONPath. */
export type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'index'; readonly index: number }
  | { readonly type: 'slice'; readonly from: number; readonly to: number | undefined; readonly by: number }
  | { readonly type: 'all' }
  | { readonly type: 'below' }
  | {
      readonly type: 'filter';
      readonly path: readonly Step[];
      readonly operator: Comparison | undefined;
      /** A literal, or a path in the item. */
      readonly operand: string | number | boolean | readonly Step[] | undefined;
    };

const NAME = /[^.[\]\\\s()=!<>*?'"]+/y;
const SLICE = /(-?\d*):(-?\d*)(?::(\d*))?\]/y;
const INDEX = /(-?\d+)\]/y;
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/y;
const OPERATOR = /\s*(==|!=|<=|>=|<|>)\s*/y;
const NUMBER = /-?\d+(?:\.\d+)?/y;
const WORD = /true|false/y;
const MAX_LENGTH = 1024;

/** Reads the JSONPath of kubectl and of printer columns. */
export class JsonPathParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    if (text.length > MAX_LENGTH) throw new Error(`may not be longer than ${MAX_LENGTH} characters`);
    this.#text = text;
  }

  /** The steps of the whole text. */
  steps(): Step[] {
    if (this.#text[0] === '$') this.#at = 1;
    const steps = this.#path();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return steps;
  }

  #path(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      if (this.#eat('..')) {
        steps.push({ type: 'below' });
        if (this.#text[this.#at] !== '[') steps.push(this.#field());
      } else if (this.#eat('.')) {
        if (this.#at >= this.#text.length || this.#text[this.#at] === '[') continue;
        steps.push(this.#field());
      } else if (this.#eat('[')) steps.push(this.#bracket());
      else return steps;
    }
  }

  #field(): Step {
    if (this.#eat('*')) return { type: 'all' };
    let name = '';
    for (;;) {
      const part = this.#match(NAME)?.[0];
      if (part !== undefined) name += part;
      else if (this.#eat('\\')) name += this.#text[this.#at++] ?? '';
      else break;
    }
    if (name === '') throw this.#unexpected();
    return { type: 'field', name };
  }

  #bracket(): Step {
    if (this.#eat('?(')) return this.#filter();
    if (this.#eat('*]')) return { type: 'all' };
    const quoted = this.#match(QUOTED);
    if (quoted !== undefined) {
      if (!this.#eat(']')) throw this.#unexpected();
      return { type: 'field', name: unquoted(quoted) };
    }
    const index = this.#match(INDEX);
    if (index !== undefined) return { type: 'index', index: Number(index[1]) };
    const slice = this.#match(SLICE);
    if (slice === undefined) throw this.#unexpected();
    const [, from = '', to = '', by = ''] = slice;
    return { type: 'slice', from: Number(from), to: to === '' ? undefined : Number(to), by: Math.max(1, Number(by)) };
  }

  #filter(): Step {
    if (!this.#eat('@')) throw this.#unexpected();
    const path = this.#path();
    const operator = this.#match(OPERATOR)?.[1] as Comparison | undefined;
    const operand = operator === undefined ? undefined : this.#operand();
    if (!this.#eat(')]')) throw this.#unexpected();
    return { type: 'filter', path, operator, operand };
  }

  #operand(): string | number | boolean | readonly Step[] {
    const quoted = this.#match(QUOTED);
    if (quoted !== undefined) return unquoted(quoted);
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number[0]);
    const word = this.#match(WORD);
    if (word !== undefined) return word[0] === 'true';
    if (this.#eat('@')) return this.#path();
    throw this.#unexpected();
  }

  #eat(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(regex: RegExp): RegExpExecArray | undefined {
    regex.lastIndex = this.#at;
    const found = regex.exec(this.#text);
    if (found === null) return undefined;
    this.#at = regex.lastIndex;
    return found;
  }

  #unexpected(): Error {
    const what = this.#at >= this.#text.length ? 'the end' : JSON.stringify(this.#text.slice(this.#at, this.#at + 16));
    return new Error(`unexpected ${what} at position ${this.#at}`);
  }
}

function unquoted([, single, double]: RegExpExecArray): string {
  return (single ?? double ?? '').replace(/\\(.)/g, '$1');
}
