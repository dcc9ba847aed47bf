/** What a look over the text of a JSON document tells before it is parsed. */
export interface JsonScan {
  /** How many keys stand in the text, duplicates included. */
  readonly keys: number;
  /** The deepest nesting of objects and lists. */
  readonly depth: number;
  /** May hold numbers that a double does not hold exactly, or not at all. */
  readonly largeNumbers: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
/** Integers of so many digits are always exact. */
const SAFE_DIGITS = 15;

/**
 * Counts keys, nesting and long numbers in one pass, without allocations. Text that isn't JSON gives some answer:
 * parsing it comes after this.
 */
export function scanJson(text: string): JsonScan {
  let keys = 0;
  let depth = 0;
  let deepest = 0;
  let digits = 0;
  let largeNumbers = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      if (++digits > SAFE_DIGITS) largeNumbers = true;
      continue;
    }
    if (digits > 0) {
      // `1e999` is valid JSON that no double holds; `false` has an e too, but after no digit.
      if (code === LOWER_E || code === UPPER_E) largeNumbers = true;
      digits = 0;
    }
    if (code === QUOTE) at = endOfString(text, at + 1);
    else if (code === COLON) keys++;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) deepest = depth;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return { keys, depth: deepest, largeNumbers };
}

function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end > 0 && isEscaped(text, end, from)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

/** An odd number of backslashes before a quote makes it part of the string. */
function isEscaped(text: string, quote: number, from: number): boolean {
  let at = quote - 1;
  while (at >= from && text.charCodeAt(at) === BACKSLASH) at--;
  return (quote - 1 - at) % 2 === 1;
}
