/** What `JSON.rawJSON` makes: a number as it was written. `JSON.stringify` writes it back the same. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** TypeScript's library types these two as any object. */
const native = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const INTEGER = /^-?[0-9]+$/;

/** Is it an integer that no JavaScript number holds exactly, kept as it was written? */
export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === 'object' && value !== null && native.isRawJSON(value);
}

/**
 * The value of a JSON number: a number where that is exact, a raw one for other integers of 64 bits. What is larger
 * still counts as a double, as in Go. Undefined for what no double can hold (`1e999`).
 */
export function exactNumber(text: string): number | RawNumber | undefined {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return undefined;
  if (!INTEGER.test(text)) return value;
  const exact = BigInt(text);
  return exact > MAX_INT64 || exact < MIN_INT64 ? value : native.rawJSON(String(exact));
}
