const FIRST_MS = 1000;
const MAX_MS = 15 * 60_000;

interface Failures {
  pauseMs: number;
  lastMs: number;
}

/** How long a pod that failed stays before it is replaced: 1 s, 2 s, … to 15 minutes, for each set and node by itself. */
export class FailureBackoff {
  readonly #failures = new Map<string, Failures>();

  /** Milliseconds until a failed pod of the set may be replaced on this node. */
  waitMs(set: string, node: string, nowMs: number): number {
    const known = this.#failures.get(`${set} ${node}`);
    return known === undefined ? 0 : Math.max(0, known.lastMs + known.pauseMs - nowMs);
  }

  /** A failed pod is replaced now: the next one has to wait longer, unless all is well for long. */
  replaced(set: string, node: string, nowMs: number): void {
    const known = this.#failures.get(`${set} ${node}`);
    const isOld = known === undefined || nowMs - known.lastMs > 2 * MAX_MS;
    const pauseMs = isOld ? FIRST_MS : Math.min(MAX_MS, known.pauseMs * 2);
    this.#failures.set(`${set} ${node}`, { pauseMs, lastMs: nowMs });
  }

  /** The set is gone. */
  forget(set: string): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${set} `)) this.#failures.delete(key);
  }
}
