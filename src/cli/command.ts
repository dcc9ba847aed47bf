/** What a command is: its flags, its arguments, its help, and what it does. One command a file, as the default export. */
import type { Flags, Values } from './args/flags.ts';
import type { ApiClient } from './client/api.ts';

/** What a command gets to work with. */
export interface Invocation<F extends Flags = Flags> {
  readonly flags: Values<F>;
  /** Long names of the flags that were given, for flags whose default differs from any value. */
  readonly given: ReadonlySet<string>;
  readonly args: readonly string[];
  /** The daemon; connects with the first request. */
  readonly api: ApiClient;
}

export interface Command<F extends Flags = Flags> {
  /** What follows the command's name, such as `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string;
  /** More than the one line of the command table, where there is more to say. */
  readonly description?: string;
  readonly flags: F;
  /** False where the words after the first argument belong to the container. Default true. */
  readonly interspersed?: boolean;
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  /** Exit code for a wrong command line; 125 for the family of `run`. Default 1. */
  readonly usageExitCode?: number;
  /** Lines of the help text: a command, two spaces and a `#` comment where useful. */
  readonly examples: readonly string[];
  /** Does it; answers the exit code, undefined for 0. Throws CliError. */
  run(invocation: Invocation<F>): Promise<number | undefined>;
}
