import { semanticEqual } from './equal.ts';
import type { FieldErrors } from './field-errors.ts';
import type { Path } from './path.ts';

/** `Invalid value: …: field is immutable`, where `value` is not what it was. */
export function validateImmutable(value: unknown, old: unknown, path: Path, errors: FieldErrors): void {
  if (!semanticEqual(value, old)) errors.invalid(path, value, 'field is immutable');
}

/** `must be greater than or equal to 0`; absent is sound. */
export function validateNonnegative(value: number | undefined, path: Path, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, 'must be greater than or equal to 0');
}
