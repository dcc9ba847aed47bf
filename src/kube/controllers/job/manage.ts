import type { Shared } from '#kube/api';
import { createdMs, isReady, type Pod } from '../common/mod.ts';
import { backoffInMs } from './backoff.ts';
import { failuresBefore, hasFailed, indexOf, isIndexed } from './job-pods.ts';
import type { Tally } from './tally.ts';
import type { Job } from './types.ts';

/** A pod to make: with its number and how often that number failed, where the job is Indexed. */
export interface NewPod {
  readonly index?: number;
  /** Only where failures are counted by index. */
  readonly failures?: number;
}

/** Pods to make, and to take away as if they had never been. */
export interface Moves {
  readonly create: readonly NewPod[];
  /** Names. */
  readonly drop: readonly string[];
  /** When pods may be made that have to wait now. */
  readonly requeueAfterMs?: number;
}

/** Pods that are made or deleted at a time. */
const BURST = 500;

/** As many active pods as the job may have now, and each index once. Pure. */
export function managePods(job: Shared<Job>, pods: readonly Shared<Pod>[], tally: Tally, nowMs: number): Moves {
  if (job.spec?.suspend === true) return { create: [], drop: namesOf(tally.active.slice(0, BURST)) };
  const { doubled, active } = isIndexed(job) ? splitDoubled(job, tally) : { doubled: [], active: tally.active };
  const wanted = wantedActive(job, tally, active.length);
  const surplus = wanted < active.length ? leastUsefulFirst(active).slice(0, active.length - wanted) : [];
  const drop = namesOf([...doubled, ...surplus].slice(0, BURST));
  // Who waits for pods to have ended counts those that go as if they were there.
  const going = job.spec?.podReplacementPolicy === 'Failed' ? tally.terminating : 0;
  const missing = Math.min(wanted - active.length - going, BURST);
  if (missing <= 0) return { create: [], drop };
  return { ...newPods(job, pods, tally, active, missing, nowMs), drop };
}

function wantedActive({ spec }: Shared<Job>, { succeeded, failedIndexes }: Tally, active: number): number {
  const parallelism = spec?.parallelism ?? 1;
  if (spec?.completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  const left = spec.completions - succeeded - (spec.backoffLimitPerIndex === undefined ? 0 : failedIndexes.size);
  return Math.max(0, Math.min(parallelism, left));
}

function newPods(
  job: Shared<Job>,
  pods: readonly Shared<Pod>[],
  tally: Tally,
  active: readonly Shared<Pod>[],
  missing: number,
  nowMs: number,
): Omit<Moves, 'drop'> {
  if (job.spec?.backoffLimitPerIndex !== undefined) return newByIndex(job, pods, tally, active, missing, nowMs);
  const waitMs = backoffInMs(job, pods, nowMs);
  if (waitMs > 0) return { create: [], requeueAfterMs: waitMs };
  if (!isIndexed(job)) return { create: Array.from({ length: missing }, () => ({})) };
  return { create: pendingIndexes(job, tally, active, missing, () => true).map((index) => ({ index })) };
}

/** Each index waits for itself alone after a failure. */
function newByIndex(
  job: Shared<Job>,
  pods: readonly Shared<Pod>[],
  tally: Tally,
  active: readonly Shared<Pod>[],
  missing: number,
  nowMs: number,
): Omit<Moves, 'drop'> {
  const failures = failuresByIndex(job, pods);
  let soonestMs: number | undefined;
  const isDue = (index: number) => {
    const inMs = backoffInMs(job, failures.get(index)?.pods ?? [], nowMs);
    if (inMs > 0) soonestMs = Math.min(soonestMs ?? inMs, inMs);
    return inMs <= 0;
  };
  const create = pendingIndexes(job, tally, active, missing, isDue).map((index) => ({
    index,
    failures: failures.get(index)?.count ?? 0,
  }));
  return { create, ...(soonestMs === undefined ? {} : { requeueAfterMs: soonestMs }) };
}

function failuresByIndex(job: Shared<Job>, pods: readonly Shared<Pod>[]) {
  const failures = new Map<number, { count: number; pods: Shared<Pod>[] }>();
  for (const pod of pods) {
    const index = indexOf(pod, job);
    if (index === undefined || !hasFailed(pod, job)) continue;
    const known = failures.get(index) ?? { count: 0, pods: [] };
    known.count = Math.max(known.count, failuresBefore(pod) + 1);
    known.pods.push(pod);
    failures.set(index, known);
  }
  return failures;
}

/** The lowest indexes that have no pod and still need one. */
function pendingIndexes(
  job: Shared<Job>,
  { completedIndexes, failedIndexes }: Tally,
  active: readonly Shared<Pod>[],
  count: number,
  isDue: (index: number) => boolean,
): number[] {
  const taken = new Set(active.map((pod) => indexOf(pod, job)));
  const pending: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < count; index++) {
    if (taken.has(index) || completedIndexes.has(index) || failedIndexes.has(index)) continue;
    if (isDue(index)) pending.push(index);
  }
  return pending;
}

/** Of several active pods of an index the oldest stays; pods whose index needs none go. */
function splitDoubled(job: Shared<Job>, { active, completedIndexes, failedIndexes }: Tally) {
  const seen = new Set<number>();
  const doubled: Shared<Pod>[] = [];
  const kept: Shared<Pod>[] = [];
  for (const pod of [...active].sort((a, b) => createdMs(a) - createdMs(b))) {
    const index = indexOf(pod, job);
    const needless = index === undefined || seen.has(index) || completedIndexes.has(index) || failedIndexes.has(index);
    if (needless) doubled.push(pod);
    else {
      seen.add(index);
      kept.push(pod);
    }
  }
  return { doubled, active: kept };
}

function leastUsefulFirst(pods: readonly Shared<Pod>[]): Shared<Pod>[] {
  const rank = (pod: Shared<Pod>) =>
    ((pod.spec?.nodeName ?? '') === '' ? 0 : 4) + (pod.status?.phase === 'Running' ? 2 : 0) + (isReady(pod) ? 1 : 0);
  return [...pods].sort((a, b) => rank(a) - rank(b) || createdMs(b) - createdMs(a));
}

function namesOf(pods: readonly Shared<Pod>[]): string[] {
  return pods.map(({ metadata }) => metadata.name ?? '');
}
