import { matchesLabels, type Shared } from '#kube/api';
import { availableInMs, isActive, isAvailable, isReady, isTerminating, matcherOf, type Pod } from '../common/mod.ts';
import { inDeletionOrder } from './deletion-order.ts';
import type { ReplicaSet, ReplicaSetStatus } from './types.ts';

/** What is there of a set. */
export interface ReplicaSetState {
  /** The pods that are its own, whatever became of them. */
  readonly pods: readonly Shared<Pod>[];
  /** How many active pods of the set, and of sets of the same owner, each node has. */
  readonly crowd: ReadonlyMap<string, number>;
}

/** What to do about a set. */
export interface ReplicaSetPlan {
  /** Pods to make. */
  readonly create: number;
  /** Names of pods to delete. */
  readonly remove: readonly string[];
  readonly status: Omit<ReplicaSetStatus, 'conditions'>;
  /** When a ready pod becomes available, which nobody tells. */
  readonly requeueAfterMs?: number;
}

/** Pods that are made or deleted at a time. */
const BURST = 500;

/**
 * As many active pods as the set wants: too few are made up for, too many are deleted, the least useful first. Pure.
 */
export function planReplicaSet(
  set: Shared<ReplicaSet>,
  { pods, crowd }: ReplicaSetState,
  nowMs: number,
): ReplicaSetPlan {
  const active = pods.filter(isActive);
  const missing = (set.spec?.replicas ?? 1) - active.length;
  const surplus = missing < 0 ? inDeletionOrder(active, crowd, nowMs).slice(0, Math.min(-missing, BURST)) : [];
  const requeueAfterMs = availableInMs(active, set.spec?.minReadySeconds ?? 0, nowMs);
  return {
    create: Math.max(0, Math.min(missing, BURST)),
    remove: surplus.map(({ metadata }) => metadata.name ?? ''),
    status: statusOf(set, pods, active, nowMs),
    ...(requeueAfterMs === undefined ? {} : { requeueAfterMs }),
  };
}

function statusOf(
  { spec, metadata }: Shared<ReplicaSet>,
  pods: readonly Shared<Pod>[],
  active: readonly Shared<Pod>[],
  nowMs: number,
): Omit<ReplicaSetStatus, 'conditions'> {
  const labels = matcherOf({ matchLabels: spec?.template?.metadata?.labels ?? {} }) ?? [];
  const minReadySeconds = spec?.minReadySeconds ?? 0;
  return {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => matchesLabels(labels, pod.metadata.labels)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: metadata.generation,
  };
}
