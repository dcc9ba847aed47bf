import type { Shared } from '#kube/api';
import { createdMs, isReady, mostRestarts, type Pod, readySinceMs } from '../common/mod.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const PHASES = ['Pending', 'Unknown', 'Running'];

/**
 * Sorts pods so that those come first whose loss is least felt, by upstream's rules: not on a node, not running, not
 * ready, cheap by their annotation, on a node with many of their kind, ready for a short time, restarted often,
 * young. `crowd` counts the kind's pods by node.
 */
export function inDeletionOrder(
  pods: readonly Shared<Pod>[],
  crowd: ReadonlyMap<string, number>,
  nowMs: number,
): Shared<Pod>[] {
  return pods
    .map((pod) => ({ pod, rank: rankOf(pod, crowd, nowMs) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ pod }) => pod);
}

/** Numbers that are compared one after the other; the smaller goes first. */
function rankOf(pod: Shared<Pod>, crowd: ReadonlyMap<string, number>, nowMs: number): readonly number[] {
  const node = pod.spec?.nodeName ?? '';
  return [
    node === '' ? 0 : 1,
    PHASES.indexOf(pod.status?.phase ?? 'Unknown'),
    isReady(pod) ? 1 : 0,
    deletionCost(pod),
    -(crowd.get(node) ?? 0),
    // Times count by their magnitude only, so that which pod of about the same age goes is left to chance, as upstream
    // has it.
    magnitude(nowMs - (readySinceMs(pod) ?? nowMs)),
    -mostRestarts(pod),
    magnitude(nowMs - createdMs(pod)),
  ];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function magnitude(durationMs: number): number {
  return durationMs <= 0 ? 0 : Math.floor(Math.log2(durationMs / 1000 + 1));
}

/** 0 unless the annotation holds an integer of 32 bits. */
function deletionCost({ metadata }: Shared<Pod>): number {
  const text = metadata.annotations?.[DELETION_COST] ?? '';
  const cost = /^-?(0|[1-9][0-9]{0,9})$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) < 2 ** 31 ? cost : 0;
}
