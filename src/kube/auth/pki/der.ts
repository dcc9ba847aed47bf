import { HakoError } from '#base';

/** Tags of X.690 that certificates use. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** One element of DER with its tag and length before it. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Uint8Array.of(tag), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

/** Elements in their given order. */
export function sequence(...contents: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...contents);
}

/** A set of one kind of element: DER wants it sorted. */
export function set(...contents: readonly Uint8Array[]): Buffer {
  return element(TAG.set, ...[...contents].sort(Buffer.compare));
}

/** A whole number of zero or more, from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return ((digits[0] ?? 0) & 0x80) === 0
    ? element(TAG.integer, digits)
    : element(TAG.integer, Uint8Array.of(0), digits);
}

/** `1.2.840.10045.2.1`. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number);
  return element(TAG.oid, Buffer.from([first * 40 + second, ...others].flatMap(base128)));
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(0x80 | (rest % 128));
  return bytes;
}

/** A UTF8String. */
export function utf8(text: string): Buffer {
  return element(TAG.utf8String, Buffer.from(text));
}

/** A BOOLEAN; true is ff in DER, and nothing else. */
export function boolean(value: boolean): Buffer {
  return element(TAG.boolean, Uint8Array.of(value ? 0xff : 0));
}

/** Bytes, often DER in their turn. */
export function octetString(...contents: readonly Uint8Array[]): Buffer {
  return element(TAG.octetString, ...contents);
}

/** Whole bytes, as keys and signatures are. */
export function bitString(bytes: Uint8Array): Buffer {
  return element(TAG.bitString, Uint8Array.of(0), bytes);
}

/** Named bits: bit 0 is the first; trailing zero bits are left out, as DER wants. */
export function bitFlags(bits: readonly number[]): Buffer {
  const highest = Math.max(...bits);
  const bytes = Buffer.alloc((highest >> 3) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] as number) | (0x80 >> (bit & 7));
  return element(TAG.bitString, Uint8Array.of(7 - (highest & 7)), bytes);
}

/** RFC 5280: UTCTime until 2049, GeneralizedTime after it. */
export function time(timeMs: number): Buffer {
  const digits = `${new Date(timeMs).toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`;
  return digits < '2050'
    ? element(TAG.utcTime, Buffer.from(digits.slice(2)))
    : element(TAG.generalizedTime, Buffer.from(digits));
}

/** A tag that the context gives a meaning, around whole elements (explicit). */
export function tagged(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return element(0xa0 | tag, ...contents);
}

/** A tag that the context gives a meaning, in the place of the element's own (implicit). */
export function implicit(tag: number, content: Uint8Array): Buffer {
  return element(0x80 | tag, content);
}

/** One element that was read. */
export interface Der {
  readonly tag: number;
  /** With tag and length. */
  readonly bytes: Buffer;
  readonly content: Buffer;
}

const MAX_ELEMENTS = 1000;

/** Reads the elements that follow each other in `bytes`. Throws a HakoError (`invalid`) for what is no DER. */
export function readAll(bytes: Buffer): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < bytes.length; ) {
    const one = readAt(bytes, at);
    found.push(one);
    if (found.length > MAX_ELEMENTS) throw malformed('too many elements');
    at += one.bytes.length;
  }
  return found;
}

/** Reads the one element that `bytes` are. */
export function readOne(bytes: Buffer): Der {
  const one = readAt(bytes, 0);
  if (one.bytes.length !== bytes.length) throw malformed('bytes follow the end');
  return one;
}

/** What a sequence, set or explicit tag holds. */
export function childrenOf(parent: Der | undefined, tag?: number): Der[] {
  if (parent === undefined || (parent.tag & 0x20) === 0) throw malformed('a sequence is missing');
  if (tag !== undefined && parent.tag !== tag) throw malformed(`tag ${parent.tag} stands where ${tag} belongs`);
  return readAll(parent.content);
}

function readAt(bytes: Buffer, start: number): Der {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw malformed('it ends early');
  let at = start + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4 || at + count > bytes.length) throw malformed('a length is wrong');
    length = bytes.readUIntBE(at, count);
    at += count;
  }
  if (at + length > bytes.length) throw malformed('it ends early');
  return { tag, bytes: bytes.subarray(start, at + length), content: bytes.subarray(at, at + length) };
}

/** The text of an object identifier. */
export function oidText(der: Der | undefined): string {
  if (der?.tag !== TAG.oid || der.content.length === 0) throw malformed('an object identifier is missing');
  const values: number[] = [];
  let value = 0;
  for (const byte of der.content) {
    value = value * 128 + (byte & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER / 128) throw malformed('an object identifier is too large');
    if (byte < 0x80) {
      values.push(value);
      value = 0;
    }
  }
  const [head = 0, ...others] = values;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...others].join('.');
}

/** The bytes of a bit string that has no unused bits. */
export function bitStringBytes(der: Der | undefined): Buffer {
  if (der?.tag !== TAG.bitString || der.content[0] !== 0) throw malformed('a bit string is missing');
  return der.content.subarray(1);
}

/** The text of the string types that names use. */
export function stringText({ tag, content }: Der): string {
  switch (tag) {
    case TAG.utf8String:
      return content.toString('utf8');
    case 0x13: // PrintableString
    case 0x16: // IA5String
      return content.toString('latin1');
    case 0x14: // TeletexString
      return content.toString('latin1');
    case 0x1e: // BMPString
      return Buffer.from(content).swap16().toString('utf16le');
    default:
      throw malformed(`tag ${tag} is no string`);
  }
}

function malformed(why: string): HakoError {
  return new HakoError('invalid', `this is not DER as certificates and requests are: ${why}`);
}
