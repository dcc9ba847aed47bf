/** Files that flags name: --env-file, --label-file, --security-opt seccomp=FILE. */
import { readFileSync } from 'node:fs';
import { CliError } from '../errors.ts';

/** The text of a file that the user named. Throws CliError. */
export function readUserFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** Lines of KEY=VALUE; comments, empty lines and leading blanks are left out. Throws CliError. */
export function readPairsFile(path: string): string[] {
  const lines = readUserFile(path)
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  const pairs = lines.map((line) => line.trimStart()).filter((line) => line !== '' && !line.startsWith('#'));
  for (const pair of pairs) {
    const key = pair.split('=', 1)[0] ?? '';
    if (key === '' || /\s/.test(key)) throw new CliError(`${path}: "${pair}" has no usable name before its "="`);
  }
  return pairs;
}

/**
 * The environment of a container: files first, then flags. A name without `=` takes its value from our own
 * environment, and is left out where we have none.
 */
export function readEnvironment(files: readonly string[], flags: readonly string[]): string[] {
  const entries = [...files.flatMap(readPairsFile), ...flags];
  return entries.flatMap((entry) => {
    if (entry === '' || entry.startsWith('=')) throw new CliError(`--env "${entry}" has no name`);
    if (entry.includes('=')) return [entry];
    const value = process.env[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}
