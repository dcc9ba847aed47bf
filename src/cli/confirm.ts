/** "Are you sure?" before something is removed. */
import { createInterface } from 'node:readline/promises';
import { CliError } from './errors.ts';
import { printError } from './output.ts';

/** True when the user says yes. Throws CliError where the input ends without an answer: scripts say --force. */
export async function confirm(warning: string): Promise<boolean> {
  printError(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `);
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return /^y(es)?$/i.test(line.trim());
  printError('\n');
  throw new CliError('nothing is removed, for nobody answers: say yes with --force');
}
