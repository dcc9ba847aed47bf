import type { Shared } from '#kube/api';
import { setEntry } from '#kube/api/values';
import type { ReplicaSet } from '../replicaset/mod.ts';
import type { Limits } from './limits.ts';
import { REVISION, REVISION_HISTORY } from './revisions.ts';
import type { Deployment } from './types.ts';

/**
 * The deployment's size when it last scaled this ReplicaSet, and with its surge: by them scaling in the midst of a
 * rollout is shared out.
 */
export const DESIRED = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** Annotations of a deployment that mean it alone. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION,
  REVISION_HISTORY,
  DESIRED,
  MAX_REPLICAS,
]);

/**
 * The annotations that a deployment's current ReplicaSet gets from it (`kubernetes.io/change-cause`, and whatever
 * else is there).
 */
export function inheritedAnnotations({ metadata }: Shared<Deployment>): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata.annotations ?? {})) {
    if (!OWN.has(key)) setEntry(inherited, key, value);
  }
  return inherited;
}

/** What a ReplicaSet is told of the size of its deployment. */
export function sizeAnnotations({ replicas, maxSurge }: Limits): Record<string, string> {
  return { [DESIRED]: String(replicas), [MAX_REPLICAS]: String(replicas + maxSurge) };
}

/** A size that was told to a ReplicaSet; undefined for none, and for what is no number. */
export function toldSize({ metadata }: Shared<ReplicaSet>, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation] ?? '';
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : undefined;
}
