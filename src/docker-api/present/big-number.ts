/** ECMAScript's JSON.rawJSON, which TypeScript's library does not know yet. */
declare global {
  interface JSON {
    rawJSON(text: string): object;
  }
}

/** An integer that JSON.stringify writes in full, also beyond 2⁵³. */
export function bigNumber(value: bigint): object {
  return JSON.rawJSON(String(value));
}
