import type { Shared } from '#kube/api';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { DESIRED, MAX_REPLICAS, toldSize } from './annotations.ts';
import type { Limits } from './limits.ts';
import { byAge, type Generations } from './revisions.ts';
import { activeSets, nameOf, type Sizes, sizeOf, totalSize } from './sizes.ts';

/** Was the deployment scaled since its active sets were last told of its size? */
export function wasScaled({ current, old }: Generations, { replicas }: Limits): boolean {
  return activeSets(current === undefined ? old : [...old, current]).some((set) => {
    const told = toldSize(set, DESIRED);
    return told !== undefined && told !== replicas;
  });
}

/** The sizes after the deployment was scaled: of one set, or in the midst of a rollout shared out in proportion. */
export function scaledSizes({ current, old }: Generations, limits: Limits, rolling: boolean): Sizes {
  const all = current === undefined ? [...old] : [...old, current];
  const active = activeSets(all);
  if (active.length <= 1) {
    const only = active[0] ?? current ?? all.at(-1);
    return only === undefined ? new Map() : new Map([[nameOf(only), limits.replicas]]);
  }
  if (!rolling || (current !== undefined && isSaturated(current, limits))) {
    return new Map(activeSets(old).map((set) => [nameOf(set), 0]));
  }
  return inProportion(active, limits);
}

/** Has the new set all the pods, and do they all serve? */
function isSaturated(set: Shared<ReplicaSet>, { replicas }: Limits): boolean {
  return (
    sizeOf(set) === replicas && toldSize(set, DESIRED) === replicas && (set.status?.availableReplicas ?? 0) === replicas
  );
}

/** Each set gets or loses its share; what rounding leaves over goes to the largest. */
function inProportion(active: readonly Shared<ReplicaSet>[], limits: Limits): Sizes {
  const allowed = limits.replicas > 0 ? limits.replicas + limits.maxSurge : 0;
  const toAdd = allowed - totalSize(active);
  if (toAdd === 0) return new Map(active.map((set) => [nameOf(set), sizeOf(set)]));
  // Of sets of one size the newer grows first, and the older shrinks first.
  const sorted = [...active].sort((a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes = new Map<string, number>();
  let added = 0;
  for (const set of sorted) {
    const share = shareOf(set, limits);
    const left = toAdd - added;
    const change = toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    sizes.set(nameOf(set), sizeOf(set) + change);
    added += change;
  }
  const [largest] = sorted;
  if (largest !== undefined) {
    const size = (sizes.get(nameOf(largest)) ?? 0) + toAdd - added;
    sizes.set(nameOf(largest), Math.max(0, size));
  }
  return sizes;
}

/** By how much the set would grow or shrink if it kept its share of the whole. */
function shareOf(set: Shared<ReplicaSet>, { replicas, maxSurge }: Limits): number {
  if (replicas === 0) return -sizeOf(set);
  const before = toldSize(set, MAX_REPLICAS) ?? set.status?.replicas ?? 0;
  if (before === 0) return 0;
  return Math.round((sizeOf(set) * (replicas + maxSurge)) / before) - sizeOf(set);
}
