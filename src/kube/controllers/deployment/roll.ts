import type { Shared } from '#kube/api';
import type { ReplicaSet } from '../replicaset/mod.ts';
import type { Limits } from './limits.ts';
import type { Generations } from './revisions.ts';
import { nameOf, type Sizes, sizeOf, totalOf, totalSize } from './sizes.ts';

/** The next step of a rolling update: the new set grows as far as the surge allows, or else old ones shrink. */
export function rollOneStep({ current, old }: Generations, limits: Limits): Sizes {
  if (current !== undefined) {
    const size = newSize(current, [...old, current], limits);
    if (size !== sizeOf(current)) return new Map([[nameOf(current), size]]);
  }
  return shrinkOld(current, old, limits);
}

/** How large the new set may be now, its siblings being what they are. `current` is undefined while there is none. */
export function newSize(
  current: Shared<ReplicaSet> | undefined,
  all: readonly Shared<ReplicaSet>[],
  { replicas, maxSurge }: Limits,
): number {
  const size = current === undefined ? 0 : sizeOf(current);
  if (size > replicas) return replicas;
  const room = replicas + maxSurge - totalSize(all);
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

/** Old pods go that serve nobody, and then as many as are available beyond the minimum. */
function shrinkOld(current: Shared<ReplicaSet> | undefined, old: readonly Shared<ReplicaSet>[], limits: Limits): Sizes {
  const sizes = new Map<string, number>();
  const all = current === undefined ? old : [...old, current];
  const minAvailable = limits.replicas - limits.maxUnavailable;
  const unavailableNew = current === undefined ? 0 : sizeOf(current) - (current.status?.availableReplicas ?? 0);
  const mayGo = totalSize(all) - minAvailable - unavailableNew;
  if (mayGo <= 0 || totalSize(old) === 0) return sizes;
  takeFrom(old, sizes, mayGo, (set) => sizeOf(set) - (set.status?.availableReplicas ?? 0));
  takeFrom(
    old,
    sizes,
    totalOf(all, 'availableReplicas') - minAvailable,
    (set) => sizes.get(nameOf(set)) ?? sizeOf(set),
  );
  return sizes;
}

/** Takes up to `count` pods from the sets, the oldest first, `from` saying how many one can give. */
function takeFrom(
  sets: readonly Shared<ReplicaSet>[],
  sizes: Map<string, number>,
  count: number,
  from: (set: Shared<ReplicaSet>) => number,
): void {
  let left = count;
  for (const set of sets) {
    const taken = Math.max(0, Math.min(left, from(set)));
    if (taken === 0) continue;
    sizes.set(nameOf(set), (sizes.get(nameOf(set)) ?? sizeOf(set)) - taken);
    left -= taken;
  }
}
