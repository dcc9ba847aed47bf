import { createRequire } from 'node:module';
import { programSize } from './program-size.ts';

/** A compiled regular expression of a user, in RE2's syntax, that takes time linear in the text. */
export interface LinearRegex {
  /** Does it match anywhere in the text? */
  test(text: string): boolean;
  /** All matches from left to right, or the first `limit`. */
  findAll(text: string, limit?: number): string[];
}

/** The engine is loaded with the first expression, which most servers never see. */
const load = createRequire(import.meta.url);
const MAX_KEPT = 512;
/** Longer expressions, and those that come to longer programs, would take long to compile. */
const MAX_LENGTH = 16_384;
const MAX_PROGRAM = 50_000;
const kept = new Map<string, LinearRegex>();

/** Compiles a pattern, or finds it compiled. Throws an Error in the words of Go's regexp for what isn't one. */
export function linearRegex(pattern: string): LinearRegex {
  const known = kept.get(pattern);
  if (known !== undefined) {
    kept.delete(pattern);
    kept.set(pattern, known);
    return known;
  }
  const made = compile(pattern);
  const [oldest] = kept.keys();
  if (kept.size >= MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(pattern, made);
  return made;
}

/** Is it compiled already? Then it costs nothing to ask for it. */
export function isKept(pattern: string): boolean {
  return kept.has(pattern);
}

function compile(pattern: string): LinearRegex {
  if (pattern.length > MAX_LENGTH || programSize(pattern) > MAX_PROGRAM)
    throw new Error('error parsing regexp: expression too large');
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const regex = RE2JS.compile(pattern);
  return { test: (text) => regex.test(text), findAll: (text, limit) => findAll(regex, text, limit ?? -1) };
}

function findAll(regex: import('re2js').RE2JS, text: string, limit: number): string[] {
  const found: string[] = [];
  const matcher = regex.matcher(text);
  while (found.length !== limit && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}
