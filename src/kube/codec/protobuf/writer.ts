/**
 * Writes protobuf's wire format from the end to the beginning: so the length of a message is known when it is to be
 * written, and nothing is measured twice. Fields go in by falling number.
 */
export class Writer {
  #bytes: Buffer;
  /** Where the last written byte is; what follows is the content. */
  #position: number;

  constructor(capacityBytes = 1024) {
    this.#bytes = Buffer.allocUnsafe(capacityBytes);
    this.#position = capacityBytes;
  }

  /** How many bytes were written. */
  get length(): number {
    return this.#bytes.length - this.#position;
  }

  /** What was written. */
  finish(): Buffer {
    return this.#bytes.subarray(this.#position);
  }

  /** Forgets what was written; the memory is used again, so what `finish` gave must have been copied. */
  clear(): void {
    this.#position = this.#bytes.length;
  }

  tag(number: number, type: number): void {
    this.uint32(((number << 3) | type) >>> 0);
  }

  /** A whole number from 0 to 2^32 - 1, as varint. */
  uint32(value: number): void {
    this.#reserve(5);
    let count = 1;
    for (let rest = value >>> 7; rest > 0; rest >>>= 7) count++;
    this.#position -= count;
    let at = this.#position;
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80;
    this.#bytes[at] = rest;
  }

  /** A signed number of 64 bits, as varint. */
  int64(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && value <= 0xffffffff) {
      this.uint32(value);
      return;
    }
    const digits: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) digits.push(Number(rest & 0x7fn) | 0x80);
    digits.push(Number(rest));
    this.raw(Uint8Array.from(digits));
  }

  double(value: number): void {
    this.#reserve(8);
    this.#position -= 8;
    this.#bytes.writeDoubleLE(value, this.#position);
  }

  string(value: string): void {
    if (value.length <= 16 && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#position -= length;
    this.#bytes.write(value, this.#position, length, 'utf8');
    this.uint32(length);
  }

  /**
   * Most texts are short and plain: written here, they are spared the way through C++. False: this one is not,
   * nothing was written.
   */
  #shortAscii(value: string): boolean {
    this.#reserve(value.length + 1);
    let at = this.#position;
    for (let next = value.length - 1; next >= 0; next--) {
      const unit = value.charCodeAt(next);
      if (unit > 0x7f) return false;
      this.#bytes[--at] = unit;
    }
    this.#bytes[--at] = value.length;
    this.#position = at;
    return true;
  }

  bytes(value: Uint8Array): void {
    this.raw(value);
    this.uint32(value.length);
  }

  /** Bytes as they are, without their length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#position -= value.length;
    this.#bytes.set(value, this.#position);
  }

  /** A message of the field `number`, which `write` writes. */
  message(number: number, write: () => void): void {
    const before = this.length;
    write();
    this.uint32(this.length - before);
    this.tag(number, 2);
  }

  #reserve(length: number): void {
    if (length <= this.#position) return;
    const written = this.length;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, written + length + 64));
    this.#bytes.copy(larger, larger.length - written, this.#position);
    this.#position = larger.length - written;
    this.#bytes = larger;
  }
}
