/** The version of this package. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the package: two levels up, in the sources as in what is published. */
export const packageDir = join(import.meta.dirname, '..', '..');

/** As package.json has it. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string }).version;
}
