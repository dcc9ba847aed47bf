import { RegistryError } from '../errors.ts';

/** No manifest nests deeper, and none has more values. */
const MAX_DEPTH = 32;
const MAX_VALUES = 300_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Refuses JSON that is small to send but costly to parse. Throws MANIFEST_INVALID. */
export function checkShape(bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === QUOTE) index = endOfString(bytes, index);
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === 0x2c) values++;
    if (depth > MAX_DEPTH) throw new RegistryError('MANIFEST_INVALID', `the manifest nests deeper than ${MAX_DEPTH}`);
    if (values > MAX_VALUES) throw new RegistryError('MANIFEST_INVALID', `the manifest has over ${MAX_VALUES} values`);
  }
}

/** The closing quote of the string that opens at `start`. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let index = start + 1; index < bytes.length; index++) {
    if (bytes[index] === BACKSLASH) index++;
    else if (bytes[index] === QUOTE) return index;
  }
  return bytes.length;
}
