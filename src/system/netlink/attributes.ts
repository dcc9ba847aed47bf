/**
 * Netlink attributes (RFC 3549 §2.2; `struct nlattr`): a 16-bit length, a 16-bit type, a payload padded to four bytes.
 * rtnetlink numbers are in host order, which is little-endian on every machine that Hakobune runs on;
 * nfnetlink numbers are in network order.
 */
const HEADER_BYTES = 4;
const NESTED = 0x8000;
const TYPE_MASK = 0x3fff;

/** Rounds up to netlink's alignment of four bytes. */
export function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** One attribute with raw bytes as its payload. */
export function attribute(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(aligned(HEADER_BYTES + payload.length));
  bytes.writeUInt16LE(HEADER_BYTES + payload.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** One attribute that holds other attributes. */
export function nested(type: number, ...parts: readonly Uint8Array[]): Buffer {
  return attribute(type | NESTED, Buffer.concat(parts));
}

/** One attribute that holds text with its closing zero byte. */
export function text(type: number, value: string): Buffer {
  return attribute(type, Buffer.from(`${value}\0`));
}

/** One byte. */
export function u8(type: number, value: number): Buffer {
  return attribute(type, Uint8Array.of(value));
}

/** A 32-bit number in host order (rtnetlink). */
export function u32(type: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32LE(value >>> 0);
  return attribute(type, payload);
}

/** A 32-bit number in network order (nfnetlink); negative numbers are written as two's complement. */
export function be32(type: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value >>> 0);
  return attribute(type, payload);
}

/** The attributes of `bytes` by type; of a repeated type the last one counts. Malformed tails are ignored. */
export function parseAttributes(bytes: Buffer): Map<number, Buffer> {
  return new Map(listAttributes(bytes));
}

/** The attributes of `bytes` in order, for lists whose elements share one type. */
export function listAttributes(bytes: Buffer): [type: number, payload: Buffer][] {
  const found: [number, Buffer][] = [];
  for (let offset = 0; offset + HEADER_BYTES <= bytes.length; ) {
    const length = bytes.readUInt16LE(offset);
    if (length < HEADER_BYTES || offset + length > bytes.length) break;
    const type = bytes.readUInt16LE(offset + 2) & TYPE_MASK;
    found.push([type, bytes.subarray(offset + HEADER_BYTES, offset + length)]);
    offset += aligned(length);
  }
  return found;
}

/** Text up to its first zero byte. */
export function readText(payload: Buffer | undefined): string {
  if (payload === undefined) return '';
  const end = payload.indexOf(0);
  return payload.toString('utf8', 0, end === -1 ? payload.length : end);
}

/** A 32-bit number in host order, or 0 where the attribute is missing. */
export function readU32(payload: Buffer | undefined): number {
  return payload !== undefined && payload.length >= 4 ? payload.readUInt32LE(0) : 0;
}
