/** Commands over several objects: all are tried, each result or error is shown, the exit code is 1 when one failed. */
import { CliError } from './errors.ts';
import { note, print } from './output.ts';

/** Requests under way at once. */
const PARALLEL = 16;

/** Runs `work` for every name, several at once, and prints each name (or what `work` answers, '' for nothing) in order. */
export async function forEach(
  names: readonly string[],
  work: (name: string) => Promise<string | undefined>,
): Promise<number> {
  let exitCode = 0;
  for (let first = 0; first < names.length; first += PARALLEL) {
    const batch = names.slice(first, first + PARALLEL).map(async (name) => (await work(name)) ?? name);
    for (const result of await Promise.allSettled(batch)) {
      if (result.status === 'fulfilled') print(result.value && `${result.value}\n`);
      else if (!(result.reason instanceof CliError)) throw result.reason;
      else {
        note(result.reason.message);
        exitCode = 1;
      }
    }
  }
  return exitCode;
}
