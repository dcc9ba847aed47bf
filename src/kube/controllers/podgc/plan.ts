import type { Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import { createdMs, isOver, isTerminating, type Pod } from '../common/mod.ts';

/** A pod to take away, and what is to be said of it first. */
export interface DoomedPod {
  readonly key: string;
  /** The pod did not end by itself: it is marked as failed, with this condition. */
  readonly disruption?: { readonly reason: string; readonly message: string };
}

/** What there is. */
export interface PodGcState {
  readonly pods: readonly Shared<Pod>[];
  readonly nodes: ReadonlySet<string>;
  /** Names of nodes that are out of service (by taint) and not ready. */
  readonly lostNodes: ReadonlySet<string>;
  /** Nodes that were missing when last looked at, and since when: only those that stay away are gone. */
  readonly missingSinceMs: ReadonlyMap<string, number>;
}

/** A node that is not there for this long is gone. */
export const QUARANTINE_MS = 40_000;
/** Pods that ended are kept up to this many, in the whole cluster. */
export const MAX_ENDED = 12_500;

/**
 * Pods that nobody else takes away: too many that ended, those of nodes that are gone, and those that go and were
 * never anywhere. Pure.
 */
export function planPodGc({ pods, nodes, lostNodes, missingSinceMs }: PodGcState, nowMs: number): DoomedPod[] {
  const doomed = new Map<string, DoomedPod>();
  for (const pod of pods) {
    const node = pod.spec?.nodeName ?? '';
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (isTerminating(pod) && lostNodes.has(node)) doomed.set(key, outOfService(key, node));
    else if (node !== '' && !nodes.has(node) && nowMs - (missingSinceMs.get(node) ?? nowMs) >= QUARANTINE_MS)
      doomed.set(key, orphaned(key));
    else if (isTerminating(pod) && node === '') doomed.set(key, { key });
  }
  const ended = pods.filter((pod) => isOver(pod) && !isTerminating(pod)).sort((a, b) => endMs(a) - endMs(b));
  for (const { metadata } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) {
    const key = `${metadata.namespace}/${metadata.name}`;
    if (!doomed.has(key)) doomed.set(key, { key });
  }
  return [...doomed.values()];
}

function orphaned(key: string): DoomedPod {
  return { key, disruption: { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' } };
}

function outOfService(key: string, node: string): DoomedPod {
  return { key, disruption: { reason: 'DeletionByPodGC', message: `PodGC: node ${node} is out of service` } };
}

/** Evicted pods, that never ran, go first. */
function endMs(pod: Shared<Pod>): number {
  return pod.status?.reason === 'Evicted' ? 0 : (parseTime(pod.status?.startTime) ?? createdMs(pod));
}
