import type { FieldErrors, Path } from '../../../../values/mod.ts';

const MAX_MODE = 0o777;

/** Complains about `..` as an element of a path. */
export function validateNoBacksteps(text: string, path: Path, errors: FieldErrors): void {
  if (hasBacksteps(text)) errors.invalid(path, text, "must not contain '..'");
}

/** Is `..` an element of this path? */
export function hasBacksteps(text: string): boolean {
  return text.includes('..') && text.split('/').includes('..');
}

/** A relative path that stays below where it starts. */
export function validateLocalPath(text: string, path: Path, errors: FieldErrors): void {
  if (text.startsWith('/')) errors.invalid(path, text, 'must be a relative path');
  validateNoBacksteps(text, path, errors);
}

/** A local path for a file in a volume: the names that start with `..` belong to the agent. */
export function validateFilePath(text: string, path: Path, errors: FieldErrors): void {
  validateLocalPath(text, path, errors);
  // `../` was complained of already.
  if (text.startsWith('..') && !text.startsWith('../')) errors.invalid(path, text, "must not start with '..'");
}

/** The mode of a file: 0 to 0777. */
export function validateMode(mode: number | undefined, path: Path, errors: FieldErrors): void {
  if (mode !== undefined && (mode < 0 || mode > MAX_MODE))
    errors.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}
