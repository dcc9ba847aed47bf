/** Pieces of a blob on their way to the disk: while some are written the next are received, and what came meanwhile goes in one write. */

/** So much may wait for the disk before the upstream has to. */
const MAX_WAITING_BYTES = 1 << 20;

export class GatheredWrites {
  readonly #write: (pieces: readonly Buffer[]) => Promise<void>;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;

  /** `write` is called for what has gathered, in order, and again when it is done. */
  constructor(write: (pieces: readonly Buffer[]) => Promise<void>) {
    this.#write = write;
  }

  /** Takes a piece, and waits only where the disk is behind. Rejects where an earlier write has failed. */
  async push(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#writing === undefined) this.#begin();
    else if (this.#waitingBytes >= MAX_WAITING_BYTES) await this.#writing;
  }

  /** Resolves when all is written. To be called in any case: a write that is under way uses the file. */
  async end(): Promise<void> {
    await this.#writing;
  }

  #begin(): void {
    this.#writing = this.#writeAll();
    // A failure is met by the next push, or by end.
    this.#writing.catch(() => undefined);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const pieces = this.#waiting;
      this.#waiting = [];
      this.#waitingBytes = 0;
      await this.#write(pieces);
    }
    this.#writing = undefined;
  }
}
