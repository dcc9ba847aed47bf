import { errorMessage, log } from '#base';
import { backoffMs, pause } from '#kube/client';
import type { ResourceCache } from './cache.ts';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 10_000;

/**
 * Follows a cache through all its lives: where its storage broke off it is loaded again, also if nobody reads it, and `onChange` is
 * called then as after every change. Ends when it is disposed or the resource is no longer served.
 */
export class Following implements Disposable {
  readonly #cache: ResourceCache;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  #source: Disposable | undefined;

  constructor(cache: ResourceCache, onChange: () => void) {
    this.#cache = cache;
    this.#onChange = onChange;
    this.#begin();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#source?.[Symbol.dispose]();
  }

  #begin(): void {
    if (this.#isOver) return;
    this.#source = this.#cache.follow({ onEvents: this.#onChange, onEnd: () => void this.#beginAgain() });
  }

  async #beginAgain(): Promise<void> {
    for (let failures = 0; !this.#isOver; failures++) {
      if (await this.#isReady()) {
        this.#begin();
        this.#onChange();
        return;
      }
      await pause(backoffMs(failures, FIRST_RETRY_MS, MAX_RETRY_MS), this.#stop.signal);
    }
  }

  async #isReady(): Promise<boolean> {
    try {
      await this.#cache.ready();
      return true;
    } catch (error) {
      log.debug('a watch cache could not be loaded again', { prefix: this.#cache.prefix, error: errorMessage(error) });
      return false;
    }
  }

  get #isOver(): boolean {
    return this.#stop.signal.aborted || this.#cache.disposed;
  }
}
