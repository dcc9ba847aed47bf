import type { Clock } from '#base';

/** More tags than a busy cache has; whoever is forgotten is asked about again. */
const MAX_TAGS = 10_000;

/** When the upstream last said what a tag stands for. In memory: after a start every tag is asked about again. */
export class TagChecks {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #checkedAtMs = new Map<string, number>();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  isFresh(repository: string, tag: string): boolean {
    const checkedAtMs = this.#checkedAtMs.get(`${repository}:${tag}`);
    return checkedAtMs !== undefined && this.#clock.monotonicMs() - checkedAtMs < this.#ttlMs;
  }

  checked(repository: string, tag: string): void {
    const key = `${repository}:${tag}`;
    this.#checkedAtMs.delete(key);
    this.#checkedAtMs.set(key, this.#clock.monotonicMs());
    const [oldest] = this.#checkedAtMs.keys();
    if (this.#checkedAtMs.size > MAX_TAGS && oldest !== undefined) this.#checkedAtMs.delete(oldest);
  }
}
