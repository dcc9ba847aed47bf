import type { Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import type { DeploymentCondition } from './types.ts';

type Conditions = readonly Shared<DeploymentCondition>[];

/** Reasons of the condition Progressing; kubectl and Helm switch on some of them. */
export const REASON = {
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  available: 'NewReplicaSetAvailable',
  createError: 'ReplicaSetCreateError',
  timedOut: 'ProgressDeadlineExceeded',
} as const;

/** A condition without its times. */
export type ConditionFacts = Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>;

/**
 * The list with this condition. A condition with the same status and reason stays as it is, unless `always`: then it
 * is heard of again.
 */
export function setCondition(conditions: Conditions, facts: ConditionFacts, nowMs: number, always = false): Conditions {
  const old = conditions.find(({ type }) => type === facts.type);
  if (!always && old !== undefined && old.status === facts.status && old.reason === facts.reason) return conditions;
  const now = formatTime(nowMs);
  const lastTransitionTime = old?.status === facts.status ? (old.lastTransitionTime ?? now) : now;
  const next = { ...facts, lastUpdateTime: now, lastTransitionTime };
  return [...conditions.filter(({ type }) => type !== facts.type), next];
}

/** The list without the condition of a type. */
export function dropCondition(conditions: Conditions, type: string): Conditions {
  return conditions.some((condition) => condition.type === type)
    ? conditions.filter((condition) => condition.type !== type)
    : conditions;
}

/** `Progressing`, as the given status, for the given reason. */
export function progressing(status: 'True' | 'False' | 'Unknown', reason: string, message: string): ConditionFacts {
  return { type: 'Progressing', status, reason, message };
}
