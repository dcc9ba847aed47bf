import { compareKeys, prefixEnd } from '#kube/storage';

/** Keys in the storage's order, for lists. Insertion moves memory, which is cheap up to some hundred thousand; loading sorted keys costs nothing. */
export class SortedKeys {
  #keys: string[] = [];

  /** Replaces all by keys that are sorted already. */
  load(sorted: string[]): void {
    this.#keys = sorted;
  }

  add(key: string): void {
    const at = this.#position(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#position(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** The keys that start with `prefix`, a copy. */
  below(prefix: string): string[] {
    const end = prefixEnd(prefix);
    return this.#keys.slice(this.#position(prefix), end === undefined ? undefined : this.#position(end));
  }

  /** Index of the first key that is not less. The last one is asked first: names often grow. */
  #position(key: string): number {
    const keys = this.#keys;
    let low = 0;
    let high = keys.length;
    if (high > 0 && compareKeys(keys[high - 1] as string, key) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(keys[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
