import { type FieldErrors, type Path, percentErrors, validateNonnegative } from '../values/mod.ts';

/** A count, or a share such as `25%`. */
export type IntOrPercent = number | string;

/** Complains of a count below zero and of a text that is no percentage. */
export function validateIntOrPercent(value: IntOrPercent | undefined, path: Path, errors: FieldErrors): void {
  if (typeof value === 'string') errors.invalidEach(path, value, percentErrors(value));
  else validateNonnegative(value, path, errors);
}

/** The number of a count or of a percentage; 0 for anything else. */
export function intOrPercentValue(value: IntOrPercent | undefined): number {
  if (typeof value === 'number') return value;
  return value !== undefined && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : 0;
}

/** A share of a whole is 100% at most. */
export function validateAtMostAll(value: IntOrPercent | undefined, path: Path, errors: FieldErrors): void {
  if (typeof value === 'string' && intOrPercentValue(value) > 100)
    errors.invalid(path, value, 'must not be greater than 100%');
}
