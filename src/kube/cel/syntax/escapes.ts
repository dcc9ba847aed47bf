const ESCAPE =
  /\\(?:([abfnrtv\\?"'`])|x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]?))/g;
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** The text that a string literal stands for. Throws an Error for an escape that there isn't. */
export function textOf(body: string): string {
  return body.replace(ESCAPE, (_all, ...groups: (string | undefined)[]) => {
    const [simple, hex, hex2, short, long, octal, odd] = groups;
    if (simple !== undefined) return SIMPLE.get(simple) ?? simple;
    const digits = hex ?? hex2 ?? short ?? long;
    if (digits !== undefined) return codePoint(Number.parseInt(digits, 16));
    if (octal !== undefined) return codePoint(Number.parseInt(octal, 8));
    throw new Error(`invalid escape sequence \\${odd ?? ''}`);
  });
}

function codePoint(value: number): string {
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) throw new Error('invalid unicode code point');
  return String.fromCodePoint(value);
}

/** The bytes that a bytes literal stands for: `\x` and octal escapes are single bytes. */
export function bytesOf(body: string, isRaw: boolean): Uint8Array {
  if (isRaw) return Buffer.from(body, 'utf8');
  const parts: Buffer[] = [];
  let last = 0;
  for (const found of body.matchAll(ESCAPE)) {
    parts.push(Buffer.from(body.slice(last, found.index), 'utf8'));
    const [all, , hex, hex2, , , octal] = found;
    const byte = hex ?? hex2;
    if (byte !== undefined) parts.push(Buffer.of(Number.parseInt(byte, 16)));
    else if (octal !== undefined) parts.push(Buffer.of(Number.parseInt(octal, 8)));
    else parts.push(Buffer.from(textOf(all), 'utf8'));
    last = found.index + all.length;
  }
  parts.push(Buffer.from(body.slice(last), 'utf8'));
  return Buffer.concat(parts);
}
