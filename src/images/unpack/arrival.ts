import { Readable } from 'node:stream';
import { growthMark } from '#system/rootfs';

/**
 * A blob on its way into the content store, for one who wants to read along. It is over when the blob is there and verified, when the
 * fetch failed, and when it began anew: in the latter cases whoever reads along is told by an error.
 */
export class Arrival {
  readonly #open: () => number | undefined;
  readonly #over = new AbortController();
  readonly #begun = Promise.withResolvers<boolean>();
  readonly #marks: Readable;
  #bytes = 0;
  #told = 0;
  #isAsked = false;

  /** `open` opens the file that is being written; undefined where there is none any more. */
  constructor(open: () => number | undefined) {
    this.#open = open;
    this.#marks = new Readable({ highWaterMark: 1, read: () => this.#ask() });
    // Whoever reads along listens; where nobody does nobody has to know.
    this.#marks.on('error', () => undefined);
  }

  /** Resolves when the first bytes are there; to false where none will come. */
  get begun(): Promise<boolean> {
    return this.#begun.promise;
  }

  /** Aborted when reading along is of no use any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** The file, which the caller closes, and the marks that tell how far it can be read. To be called once. */
  join(): { file: number; marks: Readable } | undefined {
    const file = this.#over.signal.aborted ? undefined : this.#open();
    return file === undefined ? undefined : { file, marks: this.#marks };
  }

  /** So many bytes are in the file. Fewer than before: they are other ones. */
  grew(bytes: number): void {
    if (bytes < this.#bytes) {
      this.#end(new Error('the fetch of the blob began anew'));
      return;
    }
    this.#bytes = bytes;
    this.#begun.resolve(true);
    if (this.#isAsked) this.#ask();
  }

  /** Watches the fetch; answers the same promise. */
  follow(fetch: Promise<void>): Promise<void> {
    fetch.then(
      () => this.#end(),
      () => this.#end(new Error('the fetch of the blob failed')),
    );
    return fetch;
  }

  #ask(): void {
    this.#isAsked = this.#bytes === this.#told;
    if (this.#isAsked || this.#over.signal.aborted) return;
    this.#told = this.#bytes;
    this.#marks.push(growthMark(this.#told));
  }

  #end(error?: Error): void {
    if (this.#over.signal.aborted) return;
    this.#begun.resolve(false);
    if (error !== undefined) this.#marks.destroy(error);
    else {
      if (this.#bytes > this.#told) this.#marks.push(growthMark(this.#bytes));
      this.#marks.push(null);
    }
    this.#over.abort();
  }
}
