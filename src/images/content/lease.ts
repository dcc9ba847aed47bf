/** Counts who holds which key, in this process. */
export class LeaseCounts {
  readonly #counts = new Map<string, number>();

  isHeld(key: string): boolean {
    return this.#counts.has(key);
  }

  add(key: string, change: 1 | -1): void {
    const count = (this.#counts.get(key) ?? 0) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}

/**
 * Keeps blobs and layers from being collected between the moment they are stored and the moment an image refers to them. It ends with
 * the process: recovery collects what nothing refers to.
 */
export class Lease implements Disposable {
  readonly #counts: LeaseCounts;
  readonly #held = new Set<string>();

  constructor(counts: LeaseCounts) {
    this.#counts = counts;
  }

  hold(key: string): void {
    if (this.#held.has(key)) return;
    this.#held.add(key);
    this.#counts.add(key, 1);
  }

  [Symbol.dispose](): void {
    for (const key of this.#held) this.#counts.add(key, -1);
    this.#held.clear();
  }
}
