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

/** The place of each key among all, counted from the beginning of the text. */
export interface PlacesOfKeys {
  readonly first: ReadonlyMap<string, number>;
  /** Where keys stand that stood in the same object before. */
  readonly again: ReadonlyMap<string, number>;
}

/** Where in a JSON text the keys of the paths stand that are `wanted`. Only for texts that `parseStrictly` has read. */
export function placesOfKeys(text: string, wanted: ReadonlySet<string>): PlacesOfKeys {
  const first = new Map<string, number>();
  const again = new Map<string, number>();
  const ends = new Set([...wanted].map(endOf));
  let place = 0;
  const parser = new StrictParser(text, (path, key, twice) => {
    place++;
    // Paths are long to write: only those that may be wanted are.
    if (!ends.has(endOf(key))) return;
    const name = formatPath(path);
    const places = twice ? again : first;
    if (wanted.has(name) && !places.has(name)) places.set(name, place);
  });
  parser.value(parser.next());
  return { first, again };
}

/** What follows the last dot: paths end with keys, which may have dots themselves. */
function endOf(text: string): string {
  return text.slice(text.lastIndexOf('.') + 1);
}

/** Told of each key before its value is read; the path ends with it. */
type OnKey = (path: Readonly<JsonPath>, key: string, twice: boolean) => void;

class StrictParser {
  readonly duplicates: string[] = [];
  readonly #text: string;
  readonly #path: JsonPath = [];
  readonly #onKey: OnKey | undefined;
  #at = 0;

  constructor(text: string, onKey?: OnKey) {
    this.#text = text;
    this.#onKey = onKey;
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
      const twice = Object.hasOwn(object, key);
      if (twice) complain(this.duplicates, formatPath(this.#path));
      this.#onKey?.(this.#path, key, twice);
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
