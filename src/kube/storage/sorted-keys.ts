import { compareKeys } from './keys.ts';

/** A chunk this long is split in halves: short enough that inserting into one costs little, long enough that there are few. */
const CHUNK_LENGTH_MAX = 512;

interface Position {
  readonly chunk: number;
  readonly index: number;
}

/** A set of keys in byte order. Adding, removing and finding cost O(log n + chunk), counting a range O(chunks). */
export class SortedKeys {
  readonly #chunks: string[][] = [[]];

  /** Replaces all by keys that are in order already. */
  load(sorted: readonly string[]): void {
    this.#chunks.length = 0;
    for (let at = 0; at < sorted.length; at += CHUNK_LENGTH_MAX) {
      this.#chunks.push(sorted.slice(at, at + CHUNK_LENGTH_MAX));
    }
    if (this.#chunks.length === 0) this.#chunks.push([]);
  }

  /** Adds a key that is not there yet. */
  add(key: string): void {
    const at = this.#seek((other) => compareKeys(other, key) < 0);
    const chunk = this.#chunks[at.chunk];
    if (chunk === undefined) return;
    chunk.splice(at.index, 0, key);
    if (chunk.length > CHUNK_LENGTH_MAX) this.#chunks.splice(at.chunk + 1, 0, chunk.splice(CHUNK_LENGTH_MAX / 2));
  }

  /** Removes a key; one that is not there is no error. */
  delete(key: string): void {
    const at = this.#seek((other) => compareKeys(other, key) < 0);
    const chunk = this.#chunks[at.chunk];
    if (chunk?.[at.index] !== key) return;
    chunk.splice(at.index, 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at.chunk, 1);
  }

  /** How many keys start with `prefix` and are greater than `after`. */
  count(prefix: string, after: string): number {
    const from = this.#seek(isBeforeRange(prefix, after));
    const to = this.#seek(isNotBehindPrefix(prefix));
    if (from.chunk >= to.chunk) return from.chunk > to.chunk ? 0 : Math.max(0, to.index - from.index);
    let between = 0;
    for (let chunk = from.chunk; chunk < to.chunk; chunk++) between += this.#chunks[chunk]?.length ?? 0;
    return between - from.index + to.index;
  }

  /** The keys that start with `prefix` and are greater than `after`, in order. The set must not change meanwhile. */
  *range(prefix: string, after: string): Generator<string, void> {
    let { chunk, index } = this.#seek(isBeforeRange(prefix, after));
    for (; chunk < this.#chunks.length; chunk++, index = 0) {
      const keys = this.#chunks[chunk] ?? [];
      for (; index < keys.length; index++) {
        const key = keys[index] ?? '';
        if (!key.startsWith(prefix)) return;
        yield key;
      }
    }
  }

  /** Where the first key stands for which `isBefore` no longer holds; it must hold for a first part of the keys and no other. */
  #seek(isBefore: (key: string) => boolean): Position {
    const chunk = Math.max(0, partitionPoint(this.#chunks.length, (at) => isBefore(this.#chunks[at]?.[0] ?? '')) - 1);
    const keys = this.#chunks[chunk] ?? [];
    const index = partitionPoint(keys.length, (at) => isBefore(keys[at] ?? ''));
    // Behind the last of a chunk is where the next begins.
    return index === keys.length && chunk + 1 < this.#chunks.length ? { chunk: chunk + 1, index: 0 } : { chunk, index };
  }
}

function isBeforeRange(prefix: string, after: string): (key: string) => boolean {
  if (compareKeys(after, prefix) >= 0) return (key) => compareKeys(key, after) <= 0;
  return (key) => compareKeys(key, prefix) < 0;
}

function isNotBehindPrefix(prefix: string): (key: string) => boolean {
  return (key) => key.startsWith(prefix) || compareKeys(key, prefix) < 0;
}

/** The first of 0 … length for which `isBefore` does not hold. */
function partitionPoint(length: number, isBefore: (at: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
