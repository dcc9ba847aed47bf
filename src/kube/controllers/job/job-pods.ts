import type { Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import { isTerminating, type Pod } from '../common/mod.ts';
import type { Job } from './types.ts';

/** Holds a pod until its job has counted it. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
/** The annotation and label by which a pod of an Indexed job has its number. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
/** How often pods of this pod's index failed before it. */
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';

/** Has each pod of the job a number of its own? */
export function isIndexed({ spec }: Shared<Job>): boolean {
  return spec?.completionMode === 'Indexed';
}

/** Is the pod not counted yet? */
export function isTracked({ metadata }: Shared<Pod>): boolean {
  return metadata.finalizers?.includes(TRACKING) === true;
}

/** Has the pod ended well? */
export function hasSucceeded({ status }: Shared<Pod>): boolean {
  return status?.phase === 'Succeeded';
}

/**
 * Does the pod count as failed? Those that are being deleted do, unless the job waits for them to have ended; and
 * those whose node said that nothing of them is left.
 */
export function hasFailed(pod: Shared<Pod>, { spec }: Shared<Job>): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (!isTerminating(pod) || hasSucceeded(pod)) return false;
  return spec?.podReplacementPolicy !== 'Failed' || pod.metadata.deletionGracePeriodSeconds === 0;
}

/** The pod's number in an Indexed job; undefined when it has none below the job's completions. */
export function indexOf({ metadata }: Shared<Pod>, { spec }: Shared<Job>): number | undefined {
  const text = metadata.annotations?.[COMPLETION_INDEX] ?? '';
  const index = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return index < (spec?.completions ?? 0) ? index : undefined;
}

/** How often this index failed before this pod. */
export function failuresBefore({ metadata }: Shared<Pod>): number {
  const text = metadata.annotations?.[FAILURE_COUNT] ?? '';
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
}

/** When the pod ended, in milliseconds: as its containers say, or else its conditions, or its deletion. */
export function endedMs({ status, metadata }: Shared<Pod>): number {
  let latest: number | undefined;
  for (const { state } of status?.containerStatuses ?? []) {
    const atMs = parseTime(state?.terminated?.finishedAt);
    if (atMs !== undefined && (latest === undefined || atMs > latest)) latest = atMs;
  }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return latest ?? parseTime(ready?.lastTransitionTime) ?? parseTime(metadata.deletionTimestamp) ?? 0;
}
