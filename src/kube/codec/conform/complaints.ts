import { placesOfKeys } from '../json/strict-parse.ts';

/** Where among the others a complaint stands: the smallest first, as they are listed where it is the same. Undefined: it is not told. */
export type ComplaintOrder = (field: string, twice: boolean) => number | undefined;

/** The order of what is read first and looked at then, as upstream does with YAML, patches and custom resources. */
export const DUPLICATES_FIRST: ComplaintOrder = (_, twice) => (twice ? 0 : 1);

/**
 * The order in which fields stand in a JSON text, as upstream's decoder of the built-in kinds meets them in one go. It skips what it does
 * not know, and so does not see what stands twice there.
 */
export function asInText(text: string, unknown: readonly string[], duplicates: readonly string[]): ComplaintOrder {
  const { first, again } = placesOfKeys(text, new Set([...unknown, ...duplicates]));
  const isSkipped = (field: string) => unknown.some((one) => isAtOrBelow(field, one));
  return (field, twice) => {
    if (twice && isSkipped(field)) return undefined;
    return (twice ? again : first).get(field) ?? Number.MAX_SAFE_INTEGER;
  };
}

/** `unknown field "spec.foo"` and `duplicate field "a"`, for each of them, in upstream's words. */
export function fieldComplaints(
  unknown: readonly string[],
  duplicates: readonly string[],
  order: ComplaintOrder = () => 0,
): string[] {
  const complaints = [
    ...unknown.map((path) => ({ text: `unknown field "${path}"`, place: order(path, false) })),
    ...duplicates.map((path) => ({ text: `duplicate field "${path}"`, place: order(path, true) })),
  ];
  return complaints
    .filter((one): one is { text: string; place: number } => one.place !== undefined)
    .sort((a, b) => a.place - b.place)
    .map(({ text }) => text);
}

/**
 * `strict decoding error: unknown field "spec.foo", duplicate field "a"`; undefined when there is nothing to complain
 * about.
 */
export function strictDecodingError(
  unknown: readonly string[],
  duplicates: readonly string[],
  order?: ComplaintOrder,
): string | undefined {
  const complaints = fieldComplaints(unknown, duplicates, order);
  return complaints.length === 0 ? undefined : `strict decoding error: ${complaints.join(', ')}`;
}

function isAtOrBelow(field: string, other: string): boolean {
  if (!field.startsWith(other)) return false;
  return field.length === other.length || field[other.length] === '.' || field[other.length] === '[';
}
