import type { Shared } from '#kube/api';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { setCondition } from './conditions.ts';
import type { Limits } from './limits.ts';
import type { Generations } from './revisions.ts';
import { totalOf, totalSize } from './sizes.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus } from './types.ts';

const AVAILABLE = {
  type: 'Available',
  status: 'True',
  reason: 'MinimumReplicasAvailable',
  message: 'Deployment has minimum availability.',
};
const UNAVAILABLE = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
};

/** A status that nobody changes any more. */
export type FinalStatus = Omit<DeploymentStatus, 'conditions'> & {
  readonly conditions: readonly Shared<DeploymentCondition>[];
};

/**
 * The counts of the status, and the condition Available. Pods of sets that were scaled down and are not gone yet
 * count.
 */
export function countStatus(
  deployment: Shared<Deployment>,
  { current, old }: Generations,
  conditions: readonly Shared<DeploymentCondition>[],
  { limits, nowMs }: { readonly limits: Limits; readonly nowMs: number },
): FinalStatus {
  const all = current === undefined ? old : [...old, current];
  const availableReplicas = totalOf(all, 'availableReplicas');
  const enough = availableReplicas >= limits.replicas - limits.maxUnavailable;
  const { collisionCount } = deployment.status ?? {};
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: totalOf(all, 'replicas'),
    updatedReplicas: current === undefined ? 0 : (current.status?.replicas ?? 0),
    readyReplicas: totalOf(all, 'readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, totalSize(all) - availableReplicas),
    terminatingReplicas: totalOf(all, 'terminatingReplicas'),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: setCondition(conditions, enough ? AVAILABLE : UNAVAILABLE, nowMs),
  };
}

/** Why a set can't have its pods: of the current one, or else of any. */
export function replicaFailure({ current, old }: Generations): Shared<DeploymentCondition> | undefined {
  for (const set of current === undefined ? old : [current, ...old]) {
    const failure = failureOf(set);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function failureOf({ status }: Shared<ReplicaSet>): Shared<DeploymentCondition> | undefined {
  return status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
}
