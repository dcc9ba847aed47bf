/** A count, or a share such as `25%`. */
export type IntOrPercent = number | string;

const PERCENT = /^([0-9]{1,9})%$/;

/** The count that is meant, of `total`: shares are rounded up or down. What is neither a count nor a share is 0. */
export function scaledValue(value: IntOrPercent | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const found = PERCENT.exec(value ?? '');
  if (found === null) return 0;
  const share = (Number(found[1]) * total) / 100;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}
