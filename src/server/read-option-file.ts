import { readFileSync } from 'node:fs';
import { errorMessage, HakoError } from '#base';

/** The text of a file that an option names. Throws a HakoError (`invalid`) that says which option. */
export function readOptionFile(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HakoError('invalid', `cannot read the file of --${option}: ${errorMessage(error)}`, { cause: error });
  }
}
