/** What every inspect command does with what it found. */
import { text } from './args/flags.ts';
import { CliError } from './errors.ts';
import { renderValue } from './format/list.ts';
import { note, print } from './output.ts';

export const inspectFlags = { format: text('f', 'TEMPLATE', "json, or a Go template such as '{{.Id}}'") };

/** Prints all that were found, then an error for each that was not; 1 when one was not. */
export async function inspectAll(
  names: readonly string[],
  format: string,
  get: (name: string) => Promise<unknown>,
): Promise<number> {
  const results = await Promise.allSettled(names.map(get));
  const found = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  if (format === '') print(`${JSON.stringify(found, null, 4)}\n`);
  else for (const value of found) print(renderValue(value, format));
  const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  for (const failure of failures) {
    if (!(failure instanceof CliError)) throw failure;
    note(failure.message);
  }
  return failures.length === 0 ? 0 : 1;
}
