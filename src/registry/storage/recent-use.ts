import type { Clock, Digest } from '#base';

/**
 * When clients last heard that content is there. A client that was told so pushes no second copy, and names it in a manifest that comes
 * later: a lease without paper. Nothing is written down: after a start everything counts as just used.
 */
export class RecentUse {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  #current = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.nowMs();
  }

  touch(repository: string, digest: Digest): void {
    this.#current.set(`${repository}@${digest}`, this.#clock.nowMs());
  }

  /** Everything that was asked for, and when. */
  *entries(): Generator<{ repository: string; digest: Digest; usedAtMs: number }> {
    for (const [key, usedAtMs] of this.#current) {
      const at = key.indexOf('@');
      yield { repository: key.slice(0, at), digest: key.slice(at + 1) as Digest, usedAtMs };
    }
  }

  isSince(sinceMs: number, repository: string, digest: Digest): boolean {
    return Math.max(this.#startedAtMs, this.#current.get(`${repository}@${digest}`) ?? 0) >= sinceMs;
  }

  /** Forgets what nobody will ask for again. */
  forgetBefore(sinceMs: number): void {
    for (const [key, usedAtMs] of this.#current) if (usedAtMs < sinceMs) this.#current.delete(key);
  }
}
