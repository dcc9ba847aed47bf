/**
 * A recipe tells how a layer's tar is made again from its unpacked files: literal bytes (headers, padding, bodies that no file has any
 * more) and stretches of files, in order. Each record begins with a number, its length in bytes doubled, plus one for a stretch:
 *
 *     literal   number  bytes
 *     stretch   number  path length  path  offset
 *
 * Numbers are LEB128. The whole is compressed with zstd, so that headers, which are alike, take next to nothing.
 */
import { HakoError } from '#base';
import type { ByteString } from '../bytes.ts';

/** Literals are cut to pieces of this size, so that a reader needs no more memory. */
const MAX_LITERAL = 1 << 16;
const BATCH_BYTES = 1 << 18;
const MAX_PATH = 4096;
/** More than any record has, its literal included. */
const LONGEST_RECORD = MAX_LITERAL + 64;

/** A stretch of an unpacked file. */
export interface Stretch {
  path: ByteString;
  offset: number;
  length: number;
}

export type RecipeRecord = { literal: Buffer } | Stretch;

function leb128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** Encodes records in batches for `sink`; neighbouring stretches and literals become one. */
export class RecipeWriter {
  readonly #sink: (batch: Buffer) => Promise<void> | void;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #literals: Buffer[] = [];
  #literalBytes = 0;
  #stretch: Stretch | undefined;

  constructor(sink: (batch: Buffer) => Promise<void> | void) {
    this.#sink = sink;
  }

  /** The bytes are copied. */
  literal(bytes: Buffer): void {
    this.#endStretch();
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + MAX_LITERAL - this.#literalBytes);
      this.#literals.push(Buffer.from(piece));
      this.#literalBytes += piece.length;
      start += piece.length;
      if (this.#literalBytes === MAX_LITERAL) this.#endLiteral();
    }
  }

  stretch(path: ByteString, offset: number, length: number): void {
    this.#endLiteral();
    const last = this.#stretch;
    if (last !== undefined && last.path === path && last.offset + last.length === offset) {
      last.length += length;
      return;
    }
    this.#endStretch();
    this.#stretch = { path, offset, length };
  }

  /** Passes on what has gathered; to be called now and then, for writing may have to wait. */
  async flush(): Promise<void> {
    if (this.#batchBytes >= BATCH_BYTES) await this.#pass();
  }

  async end(): Promise<void> {
    this.#endLiteral();
    this.#endStretch();
    await this.#pass();
  }

  #endLiteral(): void {
    if (this.#literalBytes === 0) return;
    this.#add(leb128(this.#literalBytes * 2), ...this.#literals);
    this.#literals = [];
    this.#literalBytes = 0;
  }

  #endStretch(): void {
    if (this.#stretch === undefined) return;
    const { path, offset, length } = this.#stretch;
    this.#add(leb128(length * 2 + 1), leb128(path.length), Buffer.from(path, 'latin1'), leb128(offset));
    this.#stretch = undefined;
  }

  #add(...parts: Buffer[]): void {
    this.#batch.push(...parts);
    for (const { length } of parts) this.#batchBytes += length;
  }

  async #pass(): Promise<void> {
    const batch = Buffer.concat(this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
    await this.#sink(batch);
  }
}

/** Reads the records of an uncompressed recipe. Throws `internal` where it is damaged. */
export async function* readRecipe(source: AsyncIterable<Buffer>): AsyncGenerator<RecipeRecord> {
  const chunks = source[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);
  let isLast = false;
  for (;;) {
    while (!isLast && buffer.length < LONGEST_RECORD + MAX_PATH) {
      const next = await chunks.next();
      if (next.done) isLast = true;
      else buffer = Buffer.concat([buffer, next.value]);
    }
    if (buffer.length === 0) return;
    const cursor = new Cursor(buffer);
    yield cursor.record();
    buffer = buffer.subarray(cursor.position);
  }
}

function damaged(): HakoError {
  return new HakoError('internal', 'the recipe of a layer is damaged');
}

/** Takes one record off the front of a buffer. */
class Cursor {
  readonly #buffer: Buffer;
  position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  record(): RecipeRecord {
    const head = this.#number();
    const length = Math.floor(head / 2);
    if (head % 2 === 0) return { literal: this.#bytes(length) };
    const path = this.#bytes(this.#number()).toString('latin1');
    return { path, offset: this.#number(), length };
  }

  #number(): number {
    let value = 0;
    for (let scale = 1; scale < Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.#bytes(1)[0] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw damaged();
  }

  #bytes(length: number): Buffer {
    const end = this.position + length;
    if (end > this.#buffer.length) throw damaged();
    const bytes = this.#buffer.subarray(this.position, end);
    this.position = end;
    return bytes;
  }
}
