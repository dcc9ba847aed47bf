import { EvaluationError } from '../cel-error.ts';
import type { Budget } from '../evaluate/budget.ts';
import { isKept, type LinearRegex, linearRegex } from '../regex/linear-regex.ts';
import { ArrayList, type ListValue, type Value } from '../values/value.ts';
import { formatText } from './format-text.ts';
import { joining, matching, type Overload, overFirst, overload, overSecond, search } from './overload.ts';

const MAX_TEXT = 16 * 1024 * 1024;
const NO_LIMIT = -1n;

/** Characters as CEL counts them; the text itself where they are JavaScript's. */
function characters(text: string): string | string[] {
  return /[\ud800-\udbff]/.test(text) ? [...text] : text;
}

function charAt(text: string, index: bigint): string {
  const all = characters(text);
  const at = Number(index);
  if (at < 0 || at > all.length) throw new EvaluationError(`index out of range: ${index}`);
  return all[at] ?? '';
}

function indexOf(text: string, part: string, from = 0n): bigint {
  const all = characters(text);
  const start = Number(from);
  if (start < 0 || start > all.length) throw new EvaluationError(`index out of range: ${from}`);
  if (typeof all === 'string') return BigInt(all.indexOf(part, start));
  const found = text.indexOf(part, all.slice(0, start).join('').length);
  return found < 0 ? -1n : BigInt([...text.slice(0, found)].length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = characters(text);
  const start = from === undefined ? all.length : Number(from);
  if (start < 0 || start > all.length) throw new EvaluationError(`index out of range: ${from}`);
  if (typeof all === 'string') return BigInt(all.lastIndexOf(part, start));
  const found = text.lastIndexOf(part, all.slice(0, start).join('').length);
  return found < 0 ? -1n : BigInt([...text.slice(0, found)].length);
}

function substring(text: string, from: bigint, to?: bigint): string {
  const all = characters(text);
  const [start, end] = [Number(from), to === undefined ? all.length : Number(to)];
  if (start < 0 || start > all.length) throw new EvaluationError(`index out of range: ${from}`);
  if (end < 0 || end > all.length) throw new EvaluationError(`index out of range: ${to}`);
  if (start > end) throw new EvaluationError(`invalid substring range. start: ${from}, end: ${to}`);
  const part = all.slice(start, end);
  return typeof part === 'string' ? part : part.join('');
}

function replace(text: string, from: string, to: string, limit: bigint, budget: Budget): string {
  const parts = limitedSplit(text, from, limit < 0n ? NO_LIMIT : limit + 1n);
  const size = text.length + (parts.length - 1) * Math.max(0, to.length - from.length);
  budget.charge(size * 0.1);
  if (size > MAX_TEXT) throw new EvaluationError('the text would be too long');
  return parts.join(to);
}

/** At most `limit` parts, the last of which holds the rest; below 0: all. */
function limitedSplit(text: string, separator: string, limit: bigint): string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? [...text] : text.split(separator);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const count = Number(limit) - 1;
  return [...parts.slice(0, count), parts.slice(count).join(separator)];
}

function texts(list: ListValue): string[] {
  return [...list].map((item) => {
    if (typeof item !== 'string') throw new EvaluationError('no such overload');
    return item;
  });
}

function join(list: ListValue, separator: string, budget: Budget): string {
  budget.charge(list.size * (1 + separator.length * 0.1));
  const parts = texts(list);
  const size = parts.reduce((sum, part) => sum + part.length + separator.length, 0);
  budget.charge(size * 0.1);
  if (size > MAX_TEXT) throw new EvaluationError('the text would be too long');
  return parts.join(separator);
}

/** What is compiled anew is paid for, and takes time that costs do not foresee. */
function compiled(pattern: string, budget: Budget): LinearRegex {
  if (isKept(pattern)) return linearRegex(pattern);
  budget.charge(pattern.length);
  try {
    return linearRegex(pattern);
  } catch (cause) {
    throw new EvaluationError((cause as Error).message, { cause });
  } finally {
    budget.checkTime();
  }
}

const matches = (text: string, pattern: string, budget: Budget): boolean => compiled(pattern, budget).test(text);

function find(text: string, pattern: string, budget: Budget): string {
  return compiled(pattern, budget).findAll(text, 1)[0] ?? '';
}

function findAll(text: string, pattern: string, limit: bigint, budget: Budget): Value {
  return new ArrayList(compiled(pattern, budget).findAll(text, limit < 0n ? -1 : Number(limit)));
}

const split = (text: string, separator: string, limit: bigint): Value =>
  new ArrayList(limitedSplit(text, separator, limit));
const splitting = { ...overFirst, size: ([text = 1]: readonly number[]) => text };
const replacing = {
  ...search,
  size: ([text = 1, from = 1, to = 1]: readonly number[]) => (to > from ? text * Math.max(1, to) : text),
};
const sized = { ...overFirst, size: ([text = 1]: readonly number[]) => text };

/** Functions of strings: the standard ones, the extensions, and regular expressions. */
export function strings(): Overload[] {
  return [
    overload('string.contains(string): bool', (a: string, b: string) => a.includes(b), search),
    overload('string.startsWith(string): bool', (a: string, b: string) => a.startsWith(b), overSecond),
    overload('string.endsWith(string): bool', (a: string, b: string) => a.endsWith(b), overSecond),
    overload('string.matches(string): bool', matches, matching),
    overload('matches(string, string): bool', matches, matching),
    overload('string.find(string): string', find, matching),
    overload(
      'string.findAll(string): list<string>',
      (text: string, pattern: string, budget: Budget) => findAll(text, pattern, NO_LIMIT, budget),
      matching,
    ),
    overload('string.findAll(string, int): list<string>', findAll, matching),
    overload('string.charAt(int): string', charAt, { size: () => 1 }),
    overload('string.indexOf(string): int', (a: string, b: string) => indexOf(a, b), search),
    overload('string.indexOf(string, int): int', (a: string, b: string, at: bigint) => indexOf(a, b, at), search),
    overload('string.lastIndexOf(string): int', (a: string, b: string) => lastIndexOf(a, b), search),
    overload(
      'string.lastIndexOf(string, int): int',
      (a: string, b: string, at: bigint) => lastIndexOf(a, b, at),
      search,
    ),
    overload('string.lowerAscii(): string', (a: string) => a.replace(/[A-Z]+/g, (part) => part.toLowerCase()), sized),
    overload('string.upperAscii(): string', (a: string) => a.replace(/[a-z]+/g, (part) => part.toUpperCase()), sized),
    overload('string.trim(): string', (a: string) => a.trim(), sized),
    overload('string.reverse(): string', (a: string) => [...a].reverse().join(''), sized),
    overload(
      'string.replace(string, string): string',
      (a: string, b: string, c: string, budget: Budget) => replace(a, b, c, NO_LIMIT, budget),
      replacing,
    ),
    overload('string.replace(string, string, int): string', replace, replacing),
    overload('string.split(string): list<string>', (a: string, b: string) => split(a, b, NO_LIMIT), splitting),
    overload('string.split(string, int): list<string>', split, splitting),
    overload('string.substring(int): string', (a: string, from: bigint) => substring(a, from), sized),
    overload('string.substring(int, int): string', substring, sized),
    overload('list<string>.join(): string', (a: ListValue, budget: Budget) => join(a, '', budget), joining),
    overload('list<string>.join(string): string', join, joining),
    overload('string.format(list<dyn>): string', formatText, joining),
    overload('strings.quote(string): string', (a: string) => JSON.stringify(a), sized),
  ];
}
