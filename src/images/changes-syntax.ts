/** The small grammar inside Dockerfile instructions: words, quotes, pairs, variables, durations. */
import { HakoError } from '#base';

/** Splits at white space outside of quotes; quotes and escapes stay in the words. */
function splitRaw(text: string): string[] {
  return text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|["'\\])+/gs) ?? [];
}

/** Takes quotes and escapes away, as the Dockerfile does. */
function unquote(word: string): string {
  return word.replace(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
    (_, double?: string, single?: string, escaped?: string) => {
      return double?.replace(/\\(["\\$])/g, '$1') ?? single ?? escaped ?? '';
    },
  );
}

/** Words, without their quotes. */
export function splitWords(text: string): string[] {
  return splitRaw(text).map(unquote);
}

/** `NAME=value …`, or the old `NAME value`. */
export function splitPairs(text: string, instruction: string): [name: string, value: string][] {
  const words = splitRaw(text);
  const [first = ''] = words;
  if (!first.includes('=')) {
    const value = text.slice(first.length).trim();
    if (value === '') throw new HakoError('invalid', `${instruction} must have two arguments`);
    return [[first, value]];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0)
      throw new HakoError(
        'invalid',
        `Syntax error - can't find = in ${JSON.stringify(word)}. Must be of the form: name=value`,
      );
    if (equals === 0) throw new HakoError('invalid', `${instruction} names can not be blank`);
    return [unquote(word.slice(0, equals)), unquote(word.slice(equals + 1))];
  });
}

const VARIABLE = /\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::([-+])([^}]*))?\})/g;

/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+alternative}` by what `env` says. */
export function expand(text: string, env: readonly string[] = []): string {
  const values = new Map(env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  return text.replace(VARIABLE, (match, plain?: string, braced?: string, operator?: string, word = '') => {
    if (match === '\\$') return '$';
    const value = values.get(plain ?? braced ?? '') ?? '';
    if (operator === '-') return value === '' ? word : value;
    if (operator === '+') return value === '' ? '' : word;
    return value;
  });
}

const UNITS_NS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A duration as Go writes it (`1m30s`) in nanoseconds. */
export function parseDurationNs(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.map(([whole]) => whole).join('') !== text || (text === '' && parts.length === 0)) {
    if (text === '0') return 0;
    throw new HakoError('invalid', `invalid duration ${JSON.stringify(text)}: write it like 30s or 1m30s`);
  }
  return Math.round(parts.reduce((sum, [, number = '', unit = '']) => sum + Number(number) * (UNITS_NS[unit] ?? 0), 0));
}
