import type { FieldErrors, Path } from '../../values/mod.ts';

/** Complaints about each entry of a list; of one that is too long nothing else is said. */
export function validateList<T>(
  list: readonly T[],
  max: number,
  path: Path,
  errors: FieldErrors,
  validate: (item: T, path: Path) => void,
): void {
  if (list.length > max) errors.tooMany(path, list.length, max);
  else for (const [i, item] of list.entries()) validate(item, path.index(i));
}

/** The same of a list in which no two entries are alike: `key` says what they are known by. */
export function validateSet<T>(
  list: readonly T[],
  max: number,
  path: Path,
  errors: FieldErrors,
  validate: (item: T, path: Path) => void,
  key: (item: T) => string,
): void {
  validateList(list, max, path, errors, validate);
  if (list.length > max) return;
  const seen = new Set<string>();
  list.forEach((item, i) => {
    const known = key(item);
    if (seen.has(known)) errors.duplicate(path.index(i), known);
    seen.add(known);
  });
}

/** The same of a map: complaints about keys are about the map, those about values about the entry. */
export function validateEntries<T>(
  map: Readonly<Record<string, T>>,
  max: number,
  path: Path,
  errors: FieldErrors,
  validateKey: (key: string, path: Path) => void,
  validate: (value: T, path: Path) => void,
): void {
  const keys = Object.keys(map);
  if (keys.length > max) {
    errors.tooMany(path, keys.length, max);
    return;
  }
  for (const key of keys) {
    validateKey(key, path);
    validate(map[key] as T, path.key(shortened(key)));
  }
}

/** A domain of 63 characters, a slash and a name of 32: no sound key is longer. */
const MAX_SHOWN_KEY = 96;

function shortened(key: string): string {
  if (key.length <= MAX_SHOWN_KEY) return key;
  const rest = MAX_SHOWN_KEY - '...'.length;
  return `${key.slice(0, Math.ceil(rest / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`;
}
