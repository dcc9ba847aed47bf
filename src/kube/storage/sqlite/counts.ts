import type { Change } from '../contract.ts';

/** Pages whose followers are not counted again. */
const PAGES_MAX = 256;
/** Prefixes whose keys are counted as they come and go. */
const PREFIXES_MAX = 64;

/** Numbers of keys that need not be counted in the database: counting 100,000 keys takes longer than reading a page of them. */
export class Counts {
  readonly #behindPages = new Map<string, number>();
  readonly #totals = new Map<string, number>();
  #revision: number;

  constructor(revision: number) {
    this.#revision = revision;
  }

  /** Follows the changes of the storage, in their order. */
  apply(changes: readonly Change[]): void {
    for (const { type, key, previous, revision } of changes) {
      this.#revision = revision;
      const difference = type === 'delete' ? -1 : Number(previous === undefined);
      if (difference === 0) continue;
      for (const [prefix, total] of this.#totals)
        if (key.startsWith(prefix)) this.#totals.set(prefix, total + difference);
    }
  }

  /** The revision went on without a change. */
  advance(revision: number): void {
    this.#revision = revision;
  }

  /** How many keys of a prefix are greater than `after`, as of `revision`, where that is known. */
  behind(prefix: string, after: string, revision: number): number | undefined {
    if (after === '' && revision === this.#revision) return this.#totals.get(prefix);
    return this.#behindPages.get(JSON.stringify([prefix, after, revision]));
  }

  /** Keeps how many keys follow after a page. */
  remember(prefix: string, after: string, revision: number, remaining: number): void {
    this.#behindPages.set(JSON.stringify([prefix, after, revision]), remaining);
    dropOldest(this.#behindPages, PAGES_MAX);
  }

  /** Counts the keys of a prefix from now on, if `revision`, whose total is given, is still the newest. */
  watch(prefix: string, revision: number, total: number): void {
    if (revision !== this.#revision) return;
    this.#totals.set(prefix, total);
    dropOldest(this.#totals, PREFIXES_MAX);
  }
}

function dropOldest(map: Map<string, number>, sizeMax: number): void {
  const [oldest] = map.keys();
  if (map.size > sizeMax && oldest !== undefined) map.delete(oldest);
}
