/**
 * JSON whose integers may be unsigned 64 bits wide (rlimits, seccomp arguments): a `number` where that is exact,
 * a `bigint` where it is not. OCI runtimes parse them as uint64 and reject what JavaScript's rounding makes of them.
 */

/** ECMAScript's JSON.rawJSON, which TypeScript's library does not declare yet. */
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): unknown };

/** Like JSON.stringify; a bigint becomes its digits. */
export function stringifyWide(value: unknown): string {
  return JSON.stringify(value, (_key, field) => (typeof field === 'bigint' ? rawJSON(field.toString()) : field));
}

/** Like JSON.parse; an integer that a number cannot hold becomes a bigint. */
export function parseWide(text: string): unknown {
  return JSON.parse(text, (_key, field: unknown, context?: { source?: string }) => {
    const isWide = typeof field === 'number' && Number.isInteger(field) && !Number.isSafeInteger(field);
    return isWide && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context?.source ?? 0) : field;
  });
}
