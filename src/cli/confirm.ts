/** "Are you sure?" before something is removed. */
import { createInterface } from 'node:readline/promises';
import { printError } from './output.ts';

/** True when the user says yes. Without a terminal nobody can: then --force is needed. */
export async function confirm(warning: string): Promise<boolean> {
  printError(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `);
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) return /^y(es)?$/i.test(line.trim());
  printError('\n');
  return false;
}
