import type { Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import { createdMs, isOver, isTerminating, type Pod, type Toleration } from '../common/mod.ts';
import type { Taint } from '../node-lifecycle/mod.ts';

/** Does a toleration bear a taint? An empty key with `Exists` bears all; an empty effect bears each. */
export function tolerates(toleration: Shared<Toleration>, taint: Shared<Taint>): boolean {
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return key !== '' && operator === 'Equal' && value === (taint.value ?? '');
}

/**
 * When a pod has to leave its node, in milliseconds; undefined: it may stay. What it does not bear drives it off at once, what it bears
 * for a time when the shortest of these is over, counted from the last of the taints, or from when it came. Pure.
 */
export function evictAtMs(pod: Shared<Pod>, taints: readonly Shared<Taint>[], nowMs: number): number | undefined {
  const driving = taints.filter(({ effect }) => effect === 'NoExecute');
  if (driving.length === 0 || isOver(pod) || isTerminating(pod)) return undefined;
  const tolerations = pod.spec?.tolerations ?? [];
  let shortestSeconds: number | undefined;
  for (const taint of driving) {
    const fitting = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (fitting.length === 0) return nowMs;
    for (const { tolerationSeconds } of fitting) {
      if (tolerationSeconds === undefined) continue;
      shortestSeconds = Math.min(shortestSeconds ?? Number.POSITIVE_INFINITY, Math.max(0, tolerationSeconds));
    }
  }
  if (shortestSeconds === undefined) return undefined;
  const sinceMs = Math.max(createdMs(pod), ...driving.map(({ timeAdded }) => parseTime(timeAdded) ?? nowMs));
  return sinceMs + shortestSeconds * 1000;
}
