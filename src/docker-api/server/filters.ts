import { setFlagsFromString } from 'node:v8';
import { HakoError } from '#base';

// Filters take regular expressions from clients, as in Go, where matching is linear in time. V8's own linear engine
// (flag `l`) keeps a hostile pattern such as (a+)+$ from stopping the event loop.
setFlagsFromString('--enable-experimental-regexp-engine');

/** The `filters` parameter: `{"label":["a=b"]}`, or the legacy form `{"label":{"a=b":true}}`. */
export class Filters {
  readonly #values: Map<string, string[]>;

  private constructor(values: Map<string, string[]>) {
    this.#values = values;
  }

  /** Throws `invalid` for malformed JSON and for keys that are not in `accepted`. */
  static parse(json: string, accepted: readonly string[]): Filters {
    const values = new Map(
      json === '' ? [] : Object.entries(parseObject(json)).map(([key, value]) => [key, listOf(value)]),
    );
    for (const key of values.keys()) {
      if (!accepted.includes(key)) throw new HakoError('invalid', `invalid filter '${key}'`);
    }
    return new Filters(values);
  }

  values(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  has(key: string): boolean {
    return this.values(key).length > 0;
  }

  /** True without the filter, or when one of its values equals one of `candidates`. */
  equals(key: string, ...candidates: string[]): boolean {
    return !this.has(key) || this.values(key).some((value) => candidates.includes(value));
  }

  /** Like `equals`, for values that are prefixes. */
  startsWith(key: string, ...candidates: string[]): boolean {
    const values = this.values(key);
    return values.length === 0 || values.some((value) => candidates.some((candidate) => candidate.startsWith(value)));
  }

  /** True without the filter, or when one of its values matches a candidate as regular expression. */
  matches(key: string, ...candidates: string[]): boolean {
    const values = this.values(key);
    return values.length === 0 || values.some((value) => matchesAny(value, candidates));
  }

  /** True when every `label` filter (`key` or `key=value`) holds, and no `label!` filter. */
  labels(labels: Readonly<Record<string, string>>): boolean {
    return (
      this.values('label').every((wanted) => hasLabel(labels, wanted)) &&
      !this.values('label!').some((unwanted) => hasLabel(labels, unwanted))
    );
  }

  /** A filter that says true or false; throws `invalid` where it says neither or both. Like docker, it overlooks other values. */
  bool(key: string): boolean | undefined {
    const values = this.values(key);
    if (values.length === 0) return undefined;
    const isTrue = values.includes('1') || values.includes('true');
    const isFalse = values.includes('0') || values.includes('false');
    if (isTrue === isFalse) throw new HakoError('invalid', `invalid filter '${key}=[${values.join(' ')}]'`);
    return isTrue;
  }
}

function parseObject(json: string): object {
  try {
    const value: unknown = JSON.parse(json);
    if (value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return value;
  } catch (error) {
    throw new HakoError('invalid', `invalid filter: ${json.slice(0, 200)} is not JSON`, { cause: error });
  }
  throw new HakoError('invalid', `invalid filter: ${json.slice(0, 200)} must be a JSON object`);
}

function listOf(value: unknown): string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, wanted]) => (wanted === true ? [key] : []));
  }
  throw new HakoError('invalid', `invalid filter: ${JSON.stringify(value)?.slice(0, 200)} must be a list of strings`);
}

function matchesAny(pattern: string, candidates: readonly string[]): boolean {
  const expression = compile(pattern);
  return candidates.some((candidate) => candidate === pattern || expression?.test(candidate) === true);
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'l');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const split = wanted.indexOf('=');
  const key = split === -1 ? wanted : wanted.slice(0, split);
  return Object.hasOwn(labels, key) && (split === -1 || labels[key] === wanted.slice(split + 1));
}
