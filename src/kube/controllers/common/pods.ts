import type { Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import type { Pod, PodCondition } from './pod-types.ts';

/** Did the pod end, well or not? It never runs again. */
export function isOver(pod: Shared<Pod>): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Is somebody taking the pod away? */
export function isTerminating(pod: Shared<Pod>): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Does the pod count as one of its owner's replicas? */
export function isActive(pod: Shared<Pod>): boolean {
  return !isOver(pod) && !isTerminating(pod);
}

/** A condition of the pod's status. */
function podCondition(pod: Shared<Pod>, type: string): Shared<PodCondition> | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Can the pod serve? */
export function isReady(pod: Shared<Pod>): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Since when the pod is ready, in milliseconds; undefined when it isn't, or doesn't say. */
export function readySinceMs(pod: Shared<Pod>): number | undefined {
  const condition = podCondition(pod, 'Ready');
  return condition?.status === 'True' ? parseTime(condition.lastTransitionTime) : undefined;
}

/** Has the pod been ready for as long as its owner wants? */
export function isAvailable(pod: Shared<Pod>, minReadySeconds: number, nowMs: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const sinceMs = readySinceMs(pod);
  return sinceMs !== undefined && sinceMs + minReadySeconds * 1000 <= nowMs;
}

/** In how many milliseconds the first of the ready pods becomes available; undefined when nobody waits for that. */
export function availableInMs(
  pods: readonly Shared<Pod>[],
  minReadySeconds: number,
  nowMs: number,
): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let first: number | undefined;
  for (const pod of pods) {
    const sinceMs = readySinceMs(pod);
    if (sinceMs === undefined || isAvailable(pod, minReadySeconds, nowMs)) continue;
    const inMs = sinceMs + minReadySeconds * 1000 - nowMs;
    if (first === undefined || inMs < first) first = inMs;
  }
  return first;
}

/** Restarts of the container that was restarted most. */
export function mostRestarts(pod: Shared<Pod>): number {
  let most = 0;
  for (const { restartCount = 0 } of pod.status?.containerStatuses ?? []) most = Math.max(most, restartCount);
  return most;
}

/** When the object was made, in milliseconds. */
export function createdMs(object: { readonly metadata: { readonly creationTimestamp?: string | null } }): number {
  return parseTime(object.metadata.creationTimestamp) ?? 0;
}
