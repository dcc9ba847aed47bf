import { unavailable } from '#kube/api';
import { storageClosed } from '../errors.ts';
import { Reader } from './reader.ts';

/** Lists that may be under way at once; more wait. */
const READERS_MAX = 4;
/** Lists that may wait. */
const WAITING_MAX = 1000;

/** Connections for lists, which may take several turns of the event loop and need a snapshot of their own meanwhile. */
export class ReaderPool implements Disposable {
  readonly #path: string;
  readonly #idle: Reader[] = [];
  readonly #waiting: PromiseWithResolvers<Reader>[] = [];
  #busy = 0;
  #isClosed = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Runs `work` on a connection that shows one snapshot. */
  async run<T>(work: (reader: Reader) => Promise<T>): Promise<T> {
    const reader = await this.#take();
    try {
      reader.begin();
      return await work(reader);
    } finally {
      reader.end();
      this.#giveBack(reader);
    }
  }

  /** Closes what is idle at once, and what is busy when it comes back. */
  [Symbol.dispose](): void {
    this.#isClosed = true;
    for (const reader of this.#idle.splice(0)) reader.close();
    for (const { reject } of this.#waiting.splice(0)) reject(storageClosed());
  }

  #take(): Reader | Promise<Reader> {
    if (this.#isClosed) throw storageClosed();
    if (this.#busy >= READERS_MAX) {
      if (this.#waiting.length >= WAITING_MAX) throw unavailable('too many lists are waiting for the storage');
      const waiting = Promise.withResolvers<Reader>();
      this.#waiting.push(waiting);
      return waiting.promise;
    }
    const reader = this.#idle.pop() ?? new Reader(this.#path);
    this.#busy++;
    return reader;
  }

  #giveBack(reader: Reader): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve(reader);
      return;
    }
    this.#busy--;
    // One is kept: the usual page takes a fraction of a millisecond, opening takes about as long.
    if (this.#isClosed || this.#idle.length > 0) reader.close();
    else this.#idle.push(reader);
  }
}
