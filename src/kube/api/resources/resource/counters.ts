import type { FieldErrors, Path } from '../../values/mod.ts';
import { validateEntries } from './lists.ts';
import { validateLabelName } from './names.ts';

const MAX_COUNTERS = 32;

/** Complaints about the name of a set of counters. */
export function validateCounterSetName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  else validateLabelName(name, path, errors);
}

/** Complaints about amounts of what devices use together; any quantity will do. */
export function validateCounters(counters: Readonly<Record<string, unknown>>, path: Path, errors: FieldErrors): void {
  if (Object.keys(counters).length === 0) errors.required(path);
  const checkName = (name: string, at: Path) => validateLabelName(name, at, errors);
  validateEntries(counters, MAX_COUNTERS, path, errors, checkName, () => {});
}
