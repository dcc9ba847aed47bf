import { badRequest, type StatusError } from '#kube/api';
import { exactNumber, type RawNumber } from '../json/raw-number.ts';

/** Reads protobuf's wire format out of bytes that nobody vouches for: every length is held against what is there. */
export class Reader {
  readonly #bytes: Buffer;
  #position: number;
  #end: number;

  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = bytes.byteLength;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** The next field's number and wire type, as one number: `number << 3 | type`. */
  tag(): number {
    const tag = this.uint32();
    const type = tag & 7;
    if (tag >>> 3 === 0 || type === 3 || type === 4 || type > 5) throw malformed('an illegal tag');
    return tag;
  }

  /** A length or a tag. */
  uint32(): number {
    const value = this.int64();
    if (typeof value !== 'number' || value < 0 || value > 0xffffffff) throw malformed('a number that is too large');
    return value;
  }

  /** A varint as a signed number, exactly: where no JavaScript number is, as a raw one. */
  int64(): number | RawNumber {
    const start = this.#position;
    let value = 0;
    // Nearly all are short: 49 bits need no BigInt.
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    this.#position = start;
    const exact = this.#varint();
    return exactNumber(String(exact)) ?? Number(exact);
  }

  double(): number {
    const at = this.#take(8);
    return this.#bytes.readDoubleLE(at);
  }

  string(): string {
    const length = this.uint32();
    const at = this.#take(length);
    return this.#shortAscii(at, length) ?? this.#bytes.toString('utf8', at, at + length);
  }

  /** Most texts are short and plain: made here, they are spared the way through C++. */
  #shortAscii(at: number, length: number): string | undefined {
    if (length > 16) return undefined;
    let text = '';
    for (let next = at; next < at + length; next++) {
      const byte = this.#bytes[next] ?? 0;
      if (byte > 0x7f) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** A view of the bytes of a field, which lives as long as the whole. */
  bytes(): Buffer {
    const length = this.uint32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** Goes into the message that comes next: its end is the reader's, until `leave` is given what this answers. */
  enter(): number {
    const length = this.uint32();
    const outer = this.#end;
    if (length > outer - this.#position) throw malformed('the end before its time');
    this.#end = this.#position + length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  /** Passes over the value of a field that nobody knows. */
  skip(type: number): void {
    if (type === 0) this.#varint();
    else if (type === 1) this.#take(8);
    else if (type === 5) this.#take(4);
    else this.#take(this.uint32());
  }

  /** A varint as the signed number of 64 bits that it stands for. */
  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed('a number without an end');
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  #take(length: number): number {
    const at = this.#position;
    if (length > this.#end - at) throw malformed('the end before its time');
    this.#position = at + length;
    return at;
  }
}

/** 400: the bytes are no protobuf. */
export function malformed(what: string): StatusError {
  return badRequest(`the body of the request is not the protobuf that it should be: ${what}`);
}
