/** An archive file that somebody else is still writing. */
import { read } from 'node:fs';
import { promisify } from 'node:util';
import { HakoError } from '#base';

const readAt = promisify(read);
const CHUNK_BYTES = 1 << 16;
const MARK_BYTES = 8;

/** Comes after the last mark: the file is whole. */
const WHOLE = 2n ** 64n - 1n;

/** What a worker is told: so many bytes are there now; without a number, that there will be no more. */
export function growthMark(bytes?: number): Buffer {
  const mark = Buffer.alloc(MARK_BYTES);
  mark.writeBigUInt64LE(bytes === undefined ? WHOLE : BigInt(bytes));
  return mark;
}

/** The marks that come by a stream, for one growing file after the other. */
export class GrowthMarks {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** So many bytes are there now; undefined when the file is whole. Of marks that came together only the last ones count. */
  async next(): Promise<number | undefined> {
    while (this.#rest.length < MARK_BYTES) await this.#more();
    let bytes: bigint | undefined;
    while (this.#rest.length >= MARK_BYTES) {
      const mark = this.#rest.readBigUInt64LE();
      // To be found again by the next call.
      if (mark === WHOLE && bytes !== undefined) break;
      this.#rest = this.#rest.subarray(MARK_BYTES);
      if (mark === WHOLE) return undefined;
      bytes = mark;
    }
    return Number(bytes);
  }

  async #more(): Promise<void> {
    const next: IteratorResult<Buffer> = await this.#chunks.next();
    if (next.done) throw new HakoError('cancelled', 'whoever writes the archive has gone away');
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
  }
}

/** The bytes of `fd` as far as `marks` say that they are there. */
export async function* growingFile(fd: number, marks: GrowthMarks): AsyncGenerator<Buffer> {
  let position = 0;
  for (let bytes = await marks.next(); bytes !== undefined; bytes = await marks.next()) {
    while (position < bytes) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, bytes - position));
      const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw new HakoError('internal', `the archive ends at ${position} of ${bytes} bytes`);
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }
}
