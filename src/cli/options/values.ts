/** Values of flags, as docker writes them. */
import { UsageError } from '../errors.ts';

const SIZE_UNITS = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes of `512m`, `1.5GiB`, `64K`; units are binary. Throws UsageError. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  if (match?.[1] === undefined)
    throw new UsageError(`"${text}" is no size: write a number with b, k, m or g, such as 512m`);
  const power = SIZE_UNITS.indexOf((match[2] ?? '').toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** power);
}

/** A size, or -1 for unlimited. */
export function parseSizeOrUnlimited(text: string): number {
  return text.trim() === '-1' ? -1 : parseSize(text);
}

const DURATION_NS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Nanoseconds of Go's duration format: `1m30s`, `500ms`, `0`. Throws UsageError. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (text === '' || parts.map(([part]) => part).join('') !== text) {
    throw new UsageError(`"${text}" is no duration: write a number with ms, s, m or h, such as 1m30s`);
  }
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * (DURATION_NS[unit ?? ''] ?? 0), 0));
}

/** Billionths of a CPU of `1.5`. Throws UsageError. */
export function parseCpus(text: string): number {
  if (!/^\d+(\.\d{0,9})?$/.test(text)) throw new UsageError(`"${text}" is no number of CPUs: write 2 or 0.5`);
  return Math.round(Number(text) * 1e9);
}

/** `key=value` pairs as an object; a key alone has the value ''. */
export function parsePairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => splitPair(pair)));
}

/** `key=value` pairs where a missing `=` is an error. */
export function parseStrictPairs(pairs: readonly string[], flag: string): Record<string, string> {
  for (const pair of pairs) if (!/^[^=]+=/.test(pair)) throw new UsageError(`--${flag} ${pair}: write KEY=VALUE`);
  return parsePairs(pairs);
}

/** The two sides of the first `=`. */
export function splitPair(pair: string): [string, string] {
  const equals = pair.indexOf('=');
  return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

/** Fields of a CSV line (RFC 4180): commas inside double quotes do not separate. */
export function parseCsv(text: string): string[] {
  const fields = [...text.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) => field);
  // The pattern also matches the empty end after the last field.
  fields.pop();
  if (text.endsWith(',')) fields.push('');
  return fields.map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}

/** Leaves out what is undefined, so that the daemon's defaults hold. */
export function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** The list, or undefined when it is empty. */
export function unlessEmpty<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** The text, or undefined when it is empty. */
export function unlessBlank(text: string): string | undefined {
  return text === '' ? undefined : text;
}
