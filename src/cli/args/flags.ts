/** Flags of a command as values: what they are called, what they take, and how one occurrence changes the result. */
import type { Command } from '../command.ts';
import { UsageError } from '../errors.ts';

/** One flag. Occurrences fold into the value from left to right, beginning with `initial`. */
export interface Flag<T> {
  /** One letter, or '' for none. */
  readonly short: string;
  /** The word for the value in the help text; '' for a switch that needs no value. */
  readonly value: string;
  readonly help: string;
  readonly initial: T;
  /** Not shown by `--help`: accepted so that docker's command lines run, and without effect. */
  readonly hidden?: boolean;
  fold(previous: T, text: string): T;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

/** The values of a set of flags, by long name. */
export type Values<F extends Flags> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

/** `--name`, `--name=false`. */
export function toggle(short: string, help: string, initial = false): Flag<boolean> {
  return { short, value: '', help, initial, fold: (_, text) => parseBoolean(text) };
}

/** `--name TEXT`; the last occurrence wins; '' when absent. */
export function text(short: string, value: string, help: string, initial = ''): Flag<string> {
  return { short, value, help, initial, fold: (_, given) => given };
}

/** `--name VALUE` read by `parse`; undefined when absent. */
export function parsed<T>(short: string, value: string, help: string, parse: (text: string) => T): Flag<T | undefined> {
  return { short, value, help, initial: undefined, fold: (_, given) => parse(given) };
}

/** A flag that may be given several times. */
export function list(short: string, value: string, help: string): Flag<readonly string[]> {
  return { short, value, help, initial: [], fold: (previous, given) => [...previous, given] };
}

/** A whole number; undefined when absent. */
export function integer(short: string, value: string, help: string): Flag<number | undefined> {
  return parsed(short, value, help, parseInteger);
}

/** Accepts a flag of docker's that means nothing here. */
export function ignored(short: string, value: string): Flag<string> {
  return { ...text(short, value, ''), hidden: true };
}

/** Reads what Go's strconv.ParseBool reads. */
export function parseBoolean(given: string): boolean {
  if (/^(1|t|true)$/i.test(given)) return true;
  if (/^(0|f|false)$/i.test(given)) return false;
  throw new UsageError(`"${given}" is neither true nor false`);
}

/** Reads a whole number, maybe negative. */
export function parseInteger(given: string): number {
  const number = Number(given);
  if (/^[+-]?\d+$/.test(given) && Number.isSafeInteger(number)) return number;
  throw new UsageError(`"${given}" is not a whole number`);
}

/** Types a command by its flags. It stands here so that a command loads one module less. */
export function command<F extends Flags>(definition: Command<F>): Command<F> {
  return definition;
}
