import type { FieldErrors, Path } from '../../../../values/mod.ts';
import type { KeyToPath } from '../volume-types.ts';
import { validateFilePath, validateMode } from './paths.ts';

/** Complaints about a key of a config map or secret that becomes a file. */
export function validateKeyToPath(item: KeyToPath, path: Path, errors: FieldErrors): void {
  const { key = '', path: file = '', mode } = item;
  if (key === '') errors.required(path.child('key'));
  if (file === '') errors.required(path.child('path'));
  validateFilePath(file, path.child('path'), errors);
  validateMode(mode, path.child('mode'), errors);
}
