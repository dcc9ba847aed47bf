/** Where an object's metadata stands in its text, and where in it the managed fields. Ends are behind the last character. */
export interface MetadataSpan {
  /** At the opening brace. */
  readonly start: number;
  readonly end: number;
  /** The member with one of the commas beside it; empty where there is none. */
  readonly managedFields: { readonly start: number; readonly end: number };
}

/** Finds the metadata in a stored text; undefined in one that isn't written as this server writes them (with spaces, say). */
export function metadataSpan(text: string): MetadataSpan | undefined {
  const found = text.indexOf(METADATA);
  if (found < 0) return undefined;
  const start = found + METADATA.length - 1;
  let managedFields = { start, end: start };
  let at = start + 1;
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(text, at);
    if (text.charCodeAt(keyEnd) !== COLON) return undefined;
    const end = valueEnd(text, keyEnd + 1);
    const isLast = text.charCodeAt(end) !== COMMA;
    if (keyEnd - at === KEY.length && text.startsWith(KEY, at)) managedFields = withComma(text, at, end, isLast);
    at = isLast ? end : end + 1;
    if (isLast) break;
  }
  return text.charCodeAt(at) === CLOSE ? { start, end: at + 1, managedFields } : undefined;
}

/** A stored text without its managed fields, or as it is where they cannot be found. */
export function withoutManagedFields(text: string): string {
  const span = metadataSpan(text);
  if (span === undefined || span.managedFields.end === span.managedFields.start) return text;
  return text.slice(0, span.managedFields.start) + text.slice(span.managedFields.end);
}

const METADATA = '"metadata":{';
const KEY = '"managedFields"';
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in one bit. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

function withComma(text: string, at: number, end: number, isLast: boolean): MetadataSpan['managedFields'] {
  if (!isLast) return { start: at, end: end + 1 };
  return { start: text.charCodeAt(at - 1) === COMMA ? at - 1 : at, end };
}

/** Where the string ends that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
  return text.length;
}

/** Where the value ends that begins at `at`: at the comma or bracket behind it. */
function valueEnd(text: string, at: number): number {
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = stringEnd(text, index) - 1;
    else if ((code | BRACE_BIT) === OPEN) depth++;
    else if ((code | BRACE_BIT) === CLOSE) {
      if (depth-- === 0) return index;
    } else if (code === COMMA && depth === 0) return index;
  }
  return text.length;
}
