/**
 * As much of the protobuf wire format as etcd's messages need: varints and length-delimited fields
 * (https://protobuf.dev/programming-guides/encoding/). Revisions are int64; they are numbers here, and fail above 2^53.
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** One field: a varint as bigint, or the bytes of what is length-delimited. */
export type Field =
  | { number: number; varint: bigint; bytes: undefined }
  | { number: number; varint: undefined; bytes: Buffer };

/** A varint field; left out where it is 0, as proto3 does. */
export function varint(number: number, value: number | bigint | boolean): Buffer {
  const integer = BigInt(value);
  if (integer === 0n) return Buffer.alloc(0);
  return Buffer.concat([rawVarint(BigInt((number << 3) | VARINT)), rawVarint(BigInt.asUintN(64, integer))]);
}

/** A length-delimited field; left out where there is nothing. */
export function bytes(number: number, value: string | Uint8Array | undefined): Buffer {
  return value === undefined || value.length === 0 ? Buffer.alloc(0) : message(number, value);
}

/** A nested message, which counts even where it is empty. */
export function message(number: number, value: string | Uint8Array): Buffer {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([
    rawVarint(BigInt((number << 3) | LENGTH_DELIMITED)),
    rawVarint(BigInt(content.length)),
    content,
  ]);
}

function rawVarint(value: bigint): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  out.push(Number(rest));
  return Buffer.from(out);
}

/** The fields of a message in their order. Throws RangeError for what is cut off or malformed. */
export function* fields(buffer: Buffer): Generator<Field, void> {
  let at = 0;
  const next = () => {
    const [value, length] = readVarint(buffer, at);
    at += length;
    return value;
  };
  while (at < buffer.length) {
    const tag = Number(next());
    const number = tag >>> 3;
    switch (tag & 7) {
      case VARINT:
        yield { number, varint: next(), bytes: undefined };
        break;
      case LENGTH_DELIMITED: {
        const length = Number(next());
        if (at + length > buffer.length) throw new RangeError('protobuf: a field is cut off');
        yield { number, varint: undefined, bytes: buffer.subarray(at, at + length) };
        at += length;
        break;
      }
      case FIXED64:
        at += 8;
        break;
      case FIXED32:
        at += 4;
        break;
      default:
        throw new RangeError(`protobuf: wire type ${tag & 7} is not known`);
    }
  }
}

function readVarint(buffer: Buffer, start: number): [bigint, number] {
  // Most are small, and bigint arithmetic is slow.
  const first = buffer[start];
  if (first !== undefined && first < 0x80) return [BigInt(first), 1];
  let value = 0n;
  for (let length = 0; length < 10; length++) {
    const byte = buffer[start + length];
    if (byte === undefined) throw new RangeError('protobuf: a varint is cut off');
    value |= BigInt(byte & 0x7f) << BigInt(7 * length);
    if (byte < 0x80) return [value, length + 1];
  }
  throw new RangeError('protobuf: a varint is too long');
}

/** An int64 that has to be a safe integer. */
export function toNumber(field: Field): number {
  const value = Number(BigInt.asIntN(64, field.varint ?? 0n));
  if (!Number.isSafeInteger(value)) throw new RangeError(`protobuf: field ${field.number} is too large`);
  return value;
}
