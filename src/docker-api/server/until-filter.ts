import { HakoError } from '#base';
import type { Filters } from './filters.ts';
import { parseMomentMs } from './time.ts';

/** The `until` filter of the prune calls: only what is older than it. Infinity without one. */
export function untilFilterMs(filters: Filters): number {
  const [text, ...more] = filters.values('until');
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (more.length > 0) throw new HakoError('invalid', 'more than one until filter specified');
  return parseMomentMs(text, 'until') ?? Number.POSITIVE_INFINITY;
}
