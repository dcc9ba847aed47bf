type Range = readonly [first: number, last: number];

/**
 * A set of completion indexes, as `status.completedIndexes` has it: `0,2-4`. Costs what its text costs, however many
 * it holds.
 */
export class IndexSet {
  readonly #ranges: readonly Range[];

  private constructor(ranges: readonly Range[]) {
    this.#ranges = ranges;
  }

  /** The indexes of a text that are below `limit`; what is no index or range of them is left out. */
  static parse(text: string | undefined, limit = Number.POSITIVE_INFINITY): IndexSet {
    const ranges: Range[] = [];
    for (const part of (text ?? '').split(',')) {
      const found = /^([0-9]{1,10})(?:-([0-9]{1,10}))?$/.exec(part);
      if (found === null) continue;
      const first = Number(found[1]);
      const last = Math.min(Number(found[2] ?? found[1]), limit - 1);
      if (first <= last) ranges.push([first, last]);
    }
    return new IndexSet(merged(ranges));
  }

  /** This set and these indexes. */
  with(indexes: Iterable<number>): IndexSet {
    const more = [...indexes].map((index): Range => [index, index]);
    return more.length === 0 ? this : new IndexSet(merged([...this.#ranges, ...more]));
  }

  has(index: number): boolean {
    let [low, high] = [0, this.#ranges.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last] = this.#ranges[middle] as Range;
      if (index < first) high = middle - 1;
      else if (index > last) low = middle + 1;
      else return true;
    }
    return false;
  }

  get size(): number {
    return this.#ranges.reduce((size, [first, last]) => size + last - first + 1, 0);
  }

  /** How many indexes both sets have. */
  common(other: IndexSet): number {
    let [count, at] = [0, 0];
    for (const [first, last] of this.#ranges) {
      while ((other.#ranges[at]?.[1] ?? Infinity) < first) at++;
      for (let next = at; (other.#ranges[next]?.[0] ?? Infinity) <= last; next++) {
        const [otherFirst, otherLast] = other.#ranges[next] as Range;
        count += Math.min(last, otherLast) - Math.max(first, otherFirst) + 1;
      }
    }
    return count;
  }

  toString(): string {
    return this.#ranges.map(textOf).join(',');
  }
}

/** Two that follow each other are written one by one, as upstream does it. */
function textOf([first, last]: Range): string {
  if (first === last) return String(first);
  return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
}

function merged(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const result: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = result.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else result.push([first, last]);
  }
  return result;
}
