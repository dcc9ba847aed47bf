import type { Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { createdMs, type PodTemplateSpec } from '../common/mod.ts';
import type { ReplicaSet } from '../replicaset/mod.ts';
import type { Deployment } from './types.ts';

/** The label that tells the pods of one ReplicaSet from those of its siblings. */
export const HASH_LABEL = 'pod-template-hash';
/** Counts templates; `kubectl rollout history` and `undo` go by it. */
export const REVISION = 'deployment.kubernetes.io/revision';
/** Earlier revisions of a ReplicaSet that was gone back to. */
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const MAX_HISTORY_LENGTH = 2000;

/** The ReplicaSets of a deployment. */
export interface Generations {
  /** The one that has the deployment's template now. */
  readonly current: Shared<ReplicaSet> | undefined;
  /** All others, oldest first. */
  readonly old: readonly Shared<ReplicaSet>[];
}

/** Tells the ReplicaSet of the present template from those of earlier ones. */
export function generationsOf(deployment: Shared<Deployment>, sets: readonly Shared<ReplicaSet>[]): Generations {
  const sorted = [...sets].sort(byAge);
  const current = sorted.find((set) => sameTemplate(set.spec?.template, deployment.spec?.template));
  return { current, old: sorted.filter((set) => set !== current) };
}

/** Oldest first; those of one second by name. */
export function byAge(a: Shared<ReplicaSet>, b: Shared<ReplicaSet>): number {
  return createdMs(a) - createdMs(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
}

/** Do both make the same pods, but for the label that we add? */
export function sameTemplate(a: Shared<PodTemplateSpec> | undefined, b: Shared<PodTemplateSpec> | undefined): boolean {
  return semanticEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: Shared<PodTemplateSpec> | undefined): Shared<PodTemplateSpec> | undefined {
  const labels = template?.metadata?.labels;
  if (template === undefined || labels === undefined || !Object.hasOwn(labels, HASH_LABEL)) return template;
  const rest = Object.fromEntries(Object.entries(labels).filter(([key]) => key !== HASH_LABEL));
  return { ...template, metadata: { ...template.metadata, labels: rest } };
}

/** The revision of a ReplicaSet; 0 when it has none, or no number. */
export function revisionOf({ metadata }: Shared<ReplicaSet>): number {
  const text = metadata.annotations?.[REVISION] ?? '';
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}

/** The revision of a template that is newer than all of these. */
export function nextRevision(old: readonly Shared<ReplicaSet>[]): number {
  return old.reduce((highest, set) => Math.max(highest, revisionOf(set)), 0) + 1;
}

/** The annotations by which the current set has this revision, and remembers the one that it had. */
export function revisionAnnotations(set: Shared<ReplicaSet> | undefined, revision: number): Record<string, string> {
  const before = set === undefined ? 0 : revisionOf(set);
  if (set === undefined || before >= revision) return before >= revision ? {} : { [REVISION]: String(revision) };
  if (before === 0) return { [REVISION]: String(revision) };
  const history = (set.metadata.annotations?.[REVISION_HISTORY] ?? '').split(',').filter((text) => text !== '');
  history.push(String(before));
  while (history.join(',').length > MAX_HISTORY_LENGTH) history.shift();
  return { [REVISION]: String(revision), [REVISION_HISTORY]: history.join(',') };
}
