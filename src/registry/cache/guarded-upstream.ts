import { type Clock, log } from '#base';
import { type Upstream, UpstreamAway } from './upstream.ts';

/** After a failure the upstream is left alone for so long: who asks gets what is cached at once, instead of waiting in vain. */
const REST_MS = 5_000;

/** Asks an upstream, one question of a kind at a time, and not while it is known to be away. */
export class GuardedUpstream {
  readonly upstream: Upstream;
  readonly #clock: Clock;
  readonly #questions = new Map<string, Promise<unknown>>();
  #awayUntilMs = Number.NEGATIVE_INFINITY;

  constructor(upstream: Upstream, clock: Clock) {
    this.upstream = upstream;
    this.#clock = clock;
  }

  /** Whoever asks the same (`key`) meanwhile gets the same answer. Throws `UpstreamAway`. */
  ask<T>(key: string, question: (upstream: Upstream) => Promise<T>): Promise<T> {
    const asked = this.#questions.get(key) as Promise<T> | undefined;
    if (asked !== undefined) return asked;
    const answer = this.#ask(question).finally(() => this.#questions.delete(key));
    this.#questions.set(key, answer);
    return answer;
  }

  /** The same, or undefined where it is away. */
  async askOr<T, U>(away: U, key: string, question: (upstream: Upstream) => Promise<T>): Promise<T | U> {
    try {
      return await this.ask(key, question);
    } catch (error) {
      if (error instanceof UpstreamAway) return away;
      throw error;
    }
  }

  async #ask<T>(question: (upstream: Upstream) => Promise<T>): Promise<T> {
    if (this.#clock.monotonicMs() < this.#awayUntilMs) throw new UpstreamAway(`${this.upstream.name} is away`);
    try {
      return await question(this.upstream);
    } catch (error) {
      if (error instanceof UpstreamAway) this.#isAway(error);
      throw error;
    }
  }

  /** One question may be part of another: it is said once. */
  #isAway(error: UpstreamAway): void {
    if (this.#clock.monotonicMs() < this.#awayUntilMs) return;
    this.#awayUntilMs = this.#clock.monotonicMs() + REST_MS;
    log.warn('the upstream of the registry is away; what is cached is served', {
      upstream: this.upstream.name,
      error: error.message,
    });
  }
}
