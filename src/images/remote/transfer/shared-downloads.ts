import { type Digest, HakoError } from '#base';

/** What those who wait for one download hear of it. */
export interface DownloadListener {
  onBytes(bytes: number): void;
  onComplete(): void;
}

type Start = (listener: DownloadListener, signal: AbortSignal) => Promise<void>;

/** One download a digest, however many pulls want it. It ends when it is done, or when nobody waits any more. */
export class SharedDownloads {
  readonly #flights = new Map<Digest, Flight>();

  /**
   * Joins the download of `digest`, or starts it. When one that another pull started fails, perhaps for lack of rights, our own is
   * started.
   */
  async fetch(digest: Digest, start: Start, listener: DownloadListener, signal?: AbortSignal): Promise<void> {
    for (;;) {
      const running = this.#flights.get(digest);
      const flight = running ?? this.#launch(digest, start);
      try {
        return await flight.join(listener, signal);
      } catch (error) {
        if (running === undefined || signal?.aborted) throw error;
      }
    }
  }

  #launch(digest: Digest, start: Start): Flight {
    const flight = new Flight(start, () => {
      if (this.#flights.get(digest) === flight) this.#flights.delete(digest);
    });
    this.#flights.set(digest, flight);
    return flight;
  }
}

class Flight {
  readonly #listeners = new Set<DownloadListener>();
  readonly #abort = new AbortController();
  readonly #end: Promise<void>;

  constructor(start: Start, onEnd: () => void) {
    const tell: DownloadListener = {
      onBytes: (bytes) => {
        for (const listener of this.#listeners) listener.onBytes(bytes);
      },
      onComplete: () => {
        for (const listener of this.#listeners) listener.onComplete();
      },
    };
    this.#end = start(tell, this.#abort.signal).finally(onEnd);
    this.#end.catch(() => undefined);
  }

  /**
   * Resolves with the download. The last one that leaves early takes it down and waits until it has let go of its file: until then
   * the flight stays known, so that nobody opens the file a second time.
   */
  async join(listener: DownloadListener, signal?: AbortSignal): Promise<void> {
    this.#listeners.add(listener);
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(new HakoError('cancelled', 'the transfer was cancelled'));
    if (signal?.aborted) leave();
    signal?.addEventListener('abort', leave, { once: true });
    try {
      await Promise.race([this.#end, left.promise]);
    } finally {
      signal?.removeEventListener('abort', leave);
      this.#listeners.delete(listener);
      if (signal?.aborted && this.#listeners.size === 0) await this.#takeDown();
    }
  }

  async #takeDown(): Promise<void> {
    this.#abort.abort();
    await this.#end.catch(() => undefined);
  }
}
