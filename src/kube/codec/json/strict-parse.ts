import { badRequest } from '#kube/api';
import { setOwn } from './own-property.ts';
import { complain, formatPath, type JsonPath } from './path.ts';
import { exactNumber } from './raw-number.ts';

/** Whitespace, then one token: punctuation, a string, a number or a word. */
const TOKEN =
  /[ \t\n\r]*([{}[\],:]|"(?:[^"\\\u0000-\u001f]|\\.)*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)/y;

/**
 * Parses JSON that `JSON.parse` accepted before, the slow way: finds duplicate keys, of which the last counts, and
 * keeps large integers as they are written.
 */
export function parseStrictly(text: string): { value: unknown; duplicates: string[] } {
  const parser = new StrictParser(text);
  return { value: parser.value(parser.next()), duplicates: parser.duplicates };
}

class StrictParser {
  readonly duplicates: string[] = [];
  readonly #text: string;
  readonly #path: JsonPath = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  next(): string {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[1];
    if (token === undefined) throw badRequest(`the body of the request is not JSON (at position ${this.#at})`);
    this.#at = TOKEN.lastIndex;
    return token;
  }

  value(token: string): unknown {
    switch (token[0]) {
      case '{':
        return this.#object();
      case '[':
        return this.#list();
      case '"':
      case 't':
      case 'f':
      case 'n':
        return JSON.parse(token);
      default:
        return this.#number(token);
    }
  }

  #number(token: string): unknown {
    const value = exactNumber(token);
    if (value !== undefined) return value;
    throw badRequest(`json: cannot unmarshal number ${token} into Go value of type float64`);
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    let token = this.next();
    while (token !== '}') {
      const key = JSON.parse(token) as string;
      this.#path.push(key);
      if (Object.hasOwn(object, key)) complain(this.duplicates, formatPath(this.#path));
      this.next();
      setOwn(object, key, this.value(this.next()));
      this.#path.pop();
      token = this.next();
      if (token === ',') token = this.next();
    }
    return object;
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    let token = this.next();
    while (token !== ']') {
      this.#path.push(list.length);
      list.push(this.value(token));
      this.#path.pop();
      token = this.next();
      if (token === ',') token = this.next();
    }
    return list;
  }
}
