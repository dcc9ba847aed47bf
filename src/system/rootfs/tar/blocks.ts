import { HakoError } from '#base';

const EMPTY = Buffer.alloc(0);

/** Cuts a stream of chunks into the pieces a tar reader asks for, copying only what spans two chunks. */
export class BlockReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #onBytes: (bytes: Buffer) => void;
  #chunk: Buffer = EMPTY;

  /** `onBytes` sees every byte in order, at the moment when it is handed out or skipped. */
  constructor(source: AsyncIterable<Buffer>, onBytes: (bytes: Buffer) => void = () => undefined) {
    this.#source = source[Symbol.asyncIterator]();
    this.#onBytes = onBytes;
  }

  /** At least one and at most `max` bytes, good until the next call; undefined at the end of the stream. */
  async some(max: number): Promise<Buffer | undefined> {
    if (this.#chunk.length === 0 && !(await this.#fill())) return undefined;
    const piece = this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(piece.length);
    this.#onBytes(piece);
    return piece;
  }

  /** Exactly `count` bytes; undefined when the stream ended before the first of them. Throws `invalid` when it ends within. */
  async exactly(count: number): Promise<Buffer | undefined> {
    const first = await this.some(count);
    if (first === undefined || first.length === count) return first;
    const whole = Buffer.alloc(count);
    let filled = first.copy(whole);
    while (filled < count) filled += (await this.#required(count - filled)).copy(whole, filled);
    return whole;
  }

  /** Leaves `count` bytes unread. Throws `invalid` when the stream ends before. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.#required(left)).length;
  }

  /** Reads to the end of the stream, so that whoever hashes it sees every byte. */
  async drain(): Promise<void> {
    do {
      this.#onBytes(this.#chunk);
      this.#chunk = EMPTY;
    } while (await this.#fill());
  }

  async #required(max: number): Promise<Buffer> {
    const piece = await this.some(max);
    if (piece !== undefined) return piece;
    throw new HakoError('invalid', 'the tar archive is truncated: it ends in the middle of an entry');
  }

  async #fill(): Promise<boolean> {
    do {
      const next = await this.#source.next();
      if (next.done) return false;
      this.#chunk = next.value;
    } while (this.#chunk.length === 0);
    return true;
  }
}
