import type { Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import { dropCondition, progressing, REASON, setCondition } from './conditions.ts';
import { progressDeadlineMs } from './limits.ts';
import type { Generations } from './revisions.ts';
import { nameOf } from './sizes.ts';
import { type FinalStatus, replicaFailure } from './status.ts';
import type { Deployment, DeploymentCondition } from './types.ts';

type Conditions = readonly Shared<DeploymentCondition>[];

/** Does every pod come from the present template, and do all that are wanted serve? */
export function isComplete({ spec, metadata }: Shared<Deployment>, status: Shared<FinalStatus>): boolean {
  const replicas = spec?.replicas ?? 1;
  return (
    status.updatedReplicas === replicas &&
    status.replicas === replicas &&
    status.availableReplicas === replicas &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

/** Says in `Progressing` whether a deployment is paused. One that timed out stays so. */
export function pauseConditions({ spec, status, ...rest }: Shared<Deployment>, nowMs: number): Conditions {
  const conditions = status?.conditions ?? [];
  if (progressDeadlineMs({ spec, ...rest } as Shared<Deployment>) === undefined) return conditions;
  const reason = progressingOf(conditions)?.reason;
  if (reason === REASON.timedOut) return conditions;
  const [paused, saysSo] = [spec?.paused === true, reason === REASON.paused];
  if (paused === saysSo) return conditions;
  return setCondition(
    conditions,
    paused
      ? progressing('Unknown', REASON.paused, 'Deployment is paused')
      : progressing('Unknown', REASON.resumed, 'Deployment is resumed'),
    nowMs,
  );
}

/**
 * The status of a rollout with what it says of progress: done, going on, or stuck for too long; and of pods that
 * can't be made.
 */
export function progressStatus(
  deployment: Shared<Deployment>,
  generations: Generations,
  status: FinalStatus,
  nowMs: number,
): FinalStatus {
  const conditions = progressConditions(deployment, generations, status, nowMs);
  const failure = replicaFailure(generations);
  if (failure === undefined) return { ...status, conditions: dropCondition(conditions, 'ReplicaFailure') };
  const { type, status: value, reason, message } = failure;
  return { ...status, conditions: setCondition(conditions, { type, status: value, reason, message }, nowMs) };
}

function progressConditions(
  deployment: Shared<Deployment>,
  { current }: Generations,
  status: FinalStatus,
  nowMs: number,
): Conditions {
  const { conditions } = status;
  if (progressDeadlineMs(deployment) === undefined) return dropCondition(conditions, 'Progressing');
  const before = progressingOf(conditions);
  if (status.replicas === status.updatedReplicas && before?.reason === REASON.available) return conditions;
  const what = current === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${nameOf(current)}"`;
  if (isComplete(deployment, status)) {
    const done = progressing('True', REASON.available, `${what} has successfully progressed.`);
    return setCondition(conditions, done, nowMs);
  }
  if (hasProgressed(deployment.status, status)) {
    return setCondition(conditions, progressing('True', REASON.updated, `${what} is progressing.`), nowMs, true);
  }
  if (deadlineInMs(deployment, conditions, nowMs) > 0) return conditions;
  return setCondition(conditions, progressing('False', REASON.timedOut, `${what} has timed out progressing.`), nowMs);
}

/** More new pods, fewer old ones, more that are ready or available: that is progress. */
function hasProgressed(before: Shared<Deployment>['status'], now: FinalStatus): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = now;
  return (
    updatedReplicas > (before?.updatedReplicas ?? 0) ||
    replicas - updatedReplicas < (before?.replicas ?? 0) - (before?.updatedReplicas ?? 0) ||
    readyReplicas > (before?.readyReplicas ?? 0) ||
    availableReplicas > (before?.availableReplicas ?? 0)
  );
}

/** Milliseconds until the deployment counts as stuck; infinite when no clock runs. */
function deadlineInMs(deployment: Shared<Deployment>, conditions: Conditions, nowMs: number): number {
  const deadlineMs = progressDeadlineMs(deployment);
  const before = progressingOf(conditions);
  if (deadlineMs === undefined || before === undefined || before.reason === REASON.available) return Infinity;
  if (before.reason === REASON.timedOut) return 0;
  const sinceMs = parseTime(before.lastUpdateTime) ?? parseTime(before.lastTransitionTime) ?? nowMs;
  return sinceMs + deadlineMs - nowMs;
}

/** When to look again whether a rollout got stuck; undefined when it can't, or did. */
export function checkAgainInMs(deployment: Shared<Deployment>, status: FinalStatus, nowMs: number): number | undefined {
  if (deployment.spec?.paused === true || isComplete(deployment, status)) return undefined;
  const inMs = deadlineInMs(deployment, status.conditions, nowMs);
  // Times are in whole seconds: a little later is sure to be late enough.
  return inMs <= 0 || inMs === Infinity ? undefined : inMs + 1000;
}

/**
 * The condition by which an existing set of the present template is taken up where nothing was said of progress yet.
 */
export function foundConditions(
  deployment: Shared<Deployment>,
  { current }: Generations,
  conditions: Conditions,
  nowMs: number,
): Conditions {
  if (current === undefined || progressDeadlineMs(deployment) === undefined) return conditions;
  if (progressingOf(conditions) !== undefined) return conditions;
  return setCondition(
    conditions,
    progressing('True', REASON.found, `Found new replica set "${nameOf(current)}"`),
    nowMs,
  );
}

function progressingOf(conditions: Conditions): Shared<DeploymentCondition> | undefined {
  return conditions.find(({ type }) => type === 'Progressing');
}
