import type { Shared } from '#kube/api';
import type { ReplicaSet } from '../replicaset/mod.ts';

/** Sizes that ReplicaSets are to get, by name. */
export type Sizes = ReadonlyMap<string, number>;

/** What a ReplicaSet is to have. */
export function sizeOf({ spec }: Shared<ReplicaSet>): number {
  return spec?.replicas ?? 1;
}

/** What several are to have together. */
export function totalSize(sets: readonly Shared<ReplicaSet>[]): number {
  return sets.reduce((total, set) => total + sizeOf(set), 0);
}

/** Sum of a count of the statuses. */
export function totalOf(
  sets: readonly Shared<ReplicaSet>[],
  count: 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas',
): number {
  return sets.reduce((total, { status }) => total + (status?.[count] ?? 0), 0);
}

/** Those that are to have pods. */
export function activeSets(sets: readonly Shared<ReplicaSet>[]): Shared<ReplicaSet>[] {
  return sets.filter((set) => sizeOf(set) > 0);
}

/** The name of a replica set, which every stored one has. */
export function nameOf({ metadata }: Shared<ReplicaSet>): string {
  return metadata.name ?? '';
}
