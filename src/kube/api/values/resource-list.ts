import type { FieldErrors } from './field-errors.ts';
import type { Path } from './path.ts';
import { addQuantities, formatQuantity, parseQuantity, roundUpToMilli } from './quantity.ts';

/** `{ cpu: '100m', memory: '1Gi' }`. */
export type ResourceList = Record<string, string>;

/** What upstream says of a text that is no quantity. */
export const QUANTITY_MESSAGE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Most lists hold texts that are canonical already: known by their text, which saves formatting them again. */
const canonical = new Map<string, string>();
const MAX_CANONICAL = 2048;
/** Longer texts are nobody's habit, and are not worth their memory. */
const MAX_CACHED_LENGTH = 24;

/** The canonical text of a quantity, in thousandths at the finest; a text that is none stays for validation to refuse. */
export function canonicalQuantity(text: string | number): string {
  const key = String(text);
  const known = canonical.get(key);
  if (known !== undefined) return known;
  const quantity = parseQuantity(key);
  if (quantity === undefined) return key;
  const shown = formatQuantity(roundUpToMilli(quantity));
  if (key.length <= MAX_CACHED_LENGTH) {
    if (canonical.size >= MAX_CANONICAL) canonical.clear();
    canonical.set(key, shown);
  }
  return shown;
}

/** Rewrites each amount in its canonical text, in place. */
export function canonicalizeResourceList(list: ResourceList | undefined): void {
  if (list === undefined) return;
  for (const name of Object.keys(list)) {
    const text = list[name] ?? '';
    const shown = canonicalQuantity(text);
    if (shown !== text) list[name] = shown;
  }
}

/** Adds `amounts` to `total`, in place. */
export function addResourceList(total: ResourceList, amounts: ResourceList | undefined): void {
  if (amounts === undefined) return;
  for (const name of Object.keys(amounts)) {
    const amount = parseQuantity(amounts[name] ?? '');
    if (amount === undefined) continue;
    const before = Object.hasOwn(total, name) ? parseQuantity(total[name] ?? '') : undefined;
    setEntry(total, name, formatQuantity(before === undefined ? amount : addQuantities(before, amount)));
  }
}

/** Raises `total` to `amounts` where these are more, in place. */
export function maxResourceList(total: ResourceList, amounts: ResourceList | undefined): void {
  if (amounts === undefined) return;
  for (const name of Object.keys(amounts)) {
    const text = amounts[name] ?? '';
    const amount = parseQuantity(text);
    const before = Object.hasOwn(total, name) ? parseQuantity(total[name] ?? '') : undefined;
    if (amount !== undefined && (before === undefined || amount.nanos > before.nanos)) setEntry(total, name, text);
  }
}

/** Sets a key that a user chose, `__proto__` included. */
export function setEntry<T>(map: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
  else map[key] = value;
}

/** Complains about a text that is no quantity, or one below zero. */
export function validateNonnegativeQuantity(text: string, path: Path, errors: FieldErrors): void {
  const quantity = parseQuantity(text);
  if (quantity === undefined) errors.invalid(path, text, QUANTITY_MESSAGE);
  else if (quantity.nanos < 0n) errors.invalid(path, text, 'must be greater than or equal to 0');
}

/** Complains about a text that is no quantity, or one that is not greater than zero. */
export function validatePositiveQuantity(text: string, path: Path, errors: FieldErrors): void {
  const quantity = parseQuantity(text);
  if (quantity === undefined) errors.invalid(path, text, QUANTITY_MESSAGE);
  else if (quantity.nanos <= 0n) errors.invalid(path, text, 'must be greater than zero');
}
