/** Reads a command line the way docker's (pflag) does: -abc, -p8080:80, --name=x, --name x, --, switches with =false. */
import { UsageError } from '../errors.ts';
import type { Flag, Flags, Values } from './flags.ts';

export interface Parsed<F extends Flags> {
  values: Values<F>;
  /** What is no flag. */
  args: string[];
  /** Long names of the flags that were given. */
  given: ReadonlySet<string>;
}

/**
 * Parses `argv`. With `interspersed` false the first word that is no flag ends the flags, as in
 * `hako run IMAGE COMMAND --its-own-flag`. Throws UsageError.
 */
export function parseFlags<F extends Flags>(flags: F, argv: readonly string[], interspersed = true): Parsed<F> {
  const state = new State(flags, argv);
  while (state.position < argv.length) {
    const word = argv[state.position++] ?? '';
    if (word === '--') return state.finish<F>(argv.slice(state.position));
    if (word.startsWith('--')) state.long(word.slice(2));
    else if (word.startsWith('-') && word.length > 1) state.short(word.slice(1));
    else if (interspersed) state.args.push(word);
    else return state.finish<F>(argv.slice(state.position - 1));
  }
  return state.finish<F>([]);
}

class State {
  readonly args: string[] = [];
  position = 0;
  readonly #flags: Flags;
  readonly #argv: readonly string[];
  readonly #values = new Map<string, unknown>();

  constructor(flags: Flags, argv: readonly string[]) {
    this.#flags = flags;
    this.#argv = argv;
  }

  /** `name`, `name=value`, or `name` with the next word as its value. */
  long(word: string): void {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const flag = Object.hasOwn(this.#flags, name) ? this.#flags[name] : undefined;
    if (flag === undefined) {
      const unknown = { word: name, known: Object.keys(this.#flags), prefix: '--' };
      throw new UsageError(`unknown flag: --${name}`, { unknown });
    }
    if (equals >= 0) this.#fold(name, flag, word.slice(equals + 1));
    else this.#fold(name, flag, flag.value === '' ? 'true' : this.#next(`--${name}`));
  }

  /** A cluster of letters; the first that takes a value takes the rest of the word, or the next word. */
  short(cluster: string): void {
    for (let at = 0; at < cluster.length; at++) {
      const letter = cluster[at] ?? '';
      const [name, flag] = this.#byLetter(letter, cluster);
      const rest = cluster.slice(at + 1);
      if (flag.value === '' && !rest.startsWith('=')) {
        this.#fold(name, flag, 'true');
        continue;
      }
      const value = rest.startsWith('=') ? rest.slice(1) : rest === '' ? this.#next(`-${letter}`) : rest;
      this.#fold(name, flag, value);
      return;
    }
  }

  finish<F extends Flags>(rest: readonly string[]): Parsed<F> {
    const given = new Set(this.#values.keys());
    const values = Object.fromEntries(
      Object.entries(this.#flags).map(([name, flag]) => [
        name,
        this.#values.has(name) ? this.#values.get(name) : flag.initial,
      ]),
    );
    return { values: values as Values<F>, args: [...this.args, ...rest], given };
  }

  #byLetter(letter: string, cluster: string): [string, Flag<unknown>] {
    const entry = Object.entries(this.#flags).find(([, flag]) => flag.short === letter);
    if (entry !== undefined) return entry;
    const hint = cluster.length > 1 ? ` (in -${cluster}; a long flag has two dashes)` : '';
    throw new UsageError(`unknown flag: -${letter}${hint}`);
  }

  #next(flag: string): string {
    const value = this.#argv[this.position++];
    if (value === undefined) throw new UsageError(`flag ${flag} needs a value`);
    return value;
  }

  #fold(name: string, flag: Flag<unknown>, text: string): void {
    const previous = this.#values.has(name) ? this.#values.get(name) : flag.initial;
    try {
      this.#values.set(name, flag.fold(previous, text));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw new UsageError(`invalid value for --${name}: ${error.message}`);
    }
  }
}
