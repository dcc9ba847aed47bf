import type { FieldErrors, Path } from '../../../../values/mod.ts';

/** Complains about a value that is there and not among those that are known. */
export function validateOptional(
  value: string | undefined,
  supported: readonly string[],
  path: Path,
  errors: FieldErrors,
): void {
  if (value !== undefined && !supported.includes(value)) errors.notSupported(path, value, supported);
}

/** Complains about a value that is missing, or not among those that are known. */
export function validateRequired(
  value: string | undefined,
  supported: readonly string[],
  path: Path,
  errors: FieldErrors,
): void {
  if (value === undefined || value === '') errors.required(path);
  else if (!supported.includes(value)) errors.notSupported(path, value, supported);
}
