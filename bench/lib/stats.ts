/** Figures that describe a list of samples. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly min: number;
  readonly max: number;
}

/** Summarises samples; undefined where there are none. */
export function summarise(samples: readonly number[]): Summary | undefined {
  const sorted = samples.toSorted((a, b) => a - b);
  const [min] = sorted;
  if (min === undefined) return undefined;
  return {
    count: sorted.length,
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    min,
    max: sorted.at(-1) ?? min,
  };
}

/** The quantile of sorted samples, interpolated between the two nearest (Hyndman and Fan's type 7). */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position % 1);
}
