import type { Shared } from '#kube/api';
import { scaledValue } from '../common/mod.ts';
import type { Deployment } from './types.ts';

/** How far a deployment may be from its number of pods while it rolls. */
export interface Limits {
  /** Pods that there are to be. */
  readonly replicas: number;
  /** Pods there may be more. */
  readonly maxSurge: number;
  /** Pods that may be missing. */
  readonly maxUnavailable: number;
}

/** Stands for no limit. */
const NO_LIMIT = 2 ** 31 - 1;

/**
 * The limits in numbers of pods: shares of surge are rounded up, of unavailable pods down, and one of the two is at
 * least 1.
 */
export function limitsOf({ spec }: Shared<Deployment>): Limits {
  const replicas = spec?.replicas ?? 1;
  if (!isRolling(spec)) return { replicas, maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledValue(spec?.strategy?.rollingUpdate?.maxSurge, replicas, 'up');
  const unavailable = scaledValue(spec?.strategy?.rollingUpdate?.maxUnavailable, replicas, 'down');
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return { replicas, maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

/** Are old pods replaced step by step? */
export function isRolling(spec: Shared<Deployment>['spec']): boolean {
  return spec?.strategy?.type !== 'Recreate';
}

/** Milliseconds in which there must be progress; undefined: for ever. */
export function progressDeadlineMs({ spec }: Shared<Deployment>): number | undefined {
  const seconds = spec?.progressDeadlineSeconds ?? NO_LIMIT;
  return seconds === NO_LIMIT ? undefined : seconds * 1000;
}

/** Old ReplicaSets to keep; undefined: all. */
export function historyLimit({ spec }: Shared<Deployment>): number | undefined {
  const limit = spec?.revisionHistoryLimit ?? NO_LIMIT;
  return limit === NO_LIMIT ? undefined : limit;
}
