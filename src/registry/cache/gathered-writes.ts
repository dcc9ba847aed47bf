/**
 * Pieces of a blob on their way to the disk: while some are written the next are received, and what came meanwhile goes in one write. Each
 * write, and each read of those who follow it, costs a thread its turn: so after one of them little waits a moment for more.
 */

/** So much is worth a write at once. */
const WORTH_BYTES = 1 << 19;
/** How long less than that waits: nobody notices, and an upstream that is quick brings more. */
const PATIENCE_MS = 4;
/** So much may wait for the disk before the upstream has to. */
const MAX_WAITING_BYTES = 1 << 20;

export class GatheredWrites {
  readonly #write: (pieces: readonly Buffer[]) => Promise<void>;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  /** While it runs, a write was a moment ago. */
  #pause: NodeJS.Timeout | undefined;

  /** `write` is called for what has gathered, in order, and again when it is done. */
  constructor(write: (pieces: readonly Buffer[]) => Promise<void>) {
    this.#write = write;
  }

  /** Takes a piece, and waits only where the disk is behind. Rejects where an earlier write has failed. */
  async push(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#writing === undefined) this.#beginIfTime();
    else if (this.#waitingBytes >= MAX_WAITING_BYTES) await this.#writing;
  }

  /** Resolves when all is written. To be called in any case: a write that is under way uses the file. */
  async end(): Promise<void> {
    while (this.#writing !== undefined || this.#waiting.length > 0) {
      if (this.#writing === undefined) this.#begin();
      await this.#writing;
    }
    clearTimeout(this.#pause);
  }

  #beginIfTime(): void {
    if (this.#waiting.length === 0) return;
    if (this.#pause === undefined || this.#waitingBytes >= WORTH_BYTES) this.#begin();
  }

  #begin(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    this.#writing = this.#writeWaiting();
    // A failure is met by the next push that waits, or by end.
    this.#writing.catch(() => undefined);
  }

  async #writeWaiting(): Promise<void> {
    const pieces = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#write(pieces);
    this.#writing = undefined;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#beginIfTime();
    }, PATIENCE_MS);
    this.#beginIfTime();
  }
}
