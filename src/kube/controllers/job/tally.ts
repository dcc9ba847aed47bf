import type { Shared } from '#kube/api';
import { isActive, isOver, isReady, isTerminating, type Pod } from '../common/mod.ts';
import { type FailureVerdict, judgeFailure } from './failure-policy.ts';
import { IndexSet } from './index-set.ts';
import { failuresBefore, hasFailed, hasSucceeded, indexOf, isIndexed, isTracked } from './job-pods.ts';
import type { Job } from './types.ts';

/** The pods of a job, counted. */
export interface Tally {
  readonly active: readonly Shared<Pod>[];
  readonly ready: number;
  /** Pods that go and have not ended. */
  readonly terminating: number;
  /** Pods that ended well or not, of which the status knows, and those it is to learn of now. */
  readonly succeeded: number;
  readonly failed: number;
  /** Counted in the status for good: by pods that nothing holds any more. */
  readonly counted: { readonly succeeded: number; readonly failed: number };
  /** uids for `status.uncountedTerminatedPods`. */
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** Names of pods that are to be let go, once the status knows them. */
  readonly release: readonly string[];
  readonly completedIndexes: IndexSet;
  readonly failedIndexes: IndexSet;
  /** The message of the rule by which the whole job fails. */
  readonly failJob?: string;
}

/** uids that the status may hold at a time. */
const MAX_UNCOUNTED = 500;

/**
 * Counts a job's pods, each once, whatever is deleted meanwhile: first the status names it as uncounted, then its
 * finalizer goes, then the count in the status rises as the name goes. Pure.
 */
export function tallyPods(job: Shared<Job>, pods: readonly Shared<Pod>[]): Tally {
  const ledger = new Ledger(job, pods);
  for (const pod of pods) if (isTracked(pod)) ledger.enter(pod);
  return ledger.tally();
}

class Ledger {
  readonly #job: Shared<Job>;
  readonly #pods: readonly Shared<Pod>[];
  readonly #uncounted: { readonly succeeded: Set<string>; readonly failed: Set<string> };
  readonly #counted: { succeeded: number; failed: number };
  readonly #new = { succeeded: 0, failed: 0 };
  readonly #release: string[] = [];
  readonly #before: IndexSet;
  readonly #completed = new Set<number>();
  readonly #failedIndexes: number[] = [];
  #failJob: string | undefined;

  constructor(job: Shared<Job>, pods: readonly Shared<Pod>[]) {
    this.#job = job;
    this.#pods = pods;
    this.#before = IndexSet.parse(job.status?.completedIndexes, job.spec?.completions ?? 0);
    const { succeeded = 0, failed = 0, uncountedTerminatedPods: before } = job.status ?? {};
    const held = new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));
    const still = (uids: readonly string[] | undefined) => (uids ?? []).filter((uid) => held.has(uid));
    this.#uncounted = { succeeded: new Set(still(before?.succeeded)), failed: new Set(still(before?.failed)) };
    this.#counted = {
      succeeded: succeeded + (before?.succeeded?.length ?? 0) - this.#uncounted.succeeded.size,
      failed: failed + (before?.failed?.length ?? 0) - this.#uncounted.failed.size,
    };
  }

  /** Takes up a pod that is not let go yet. */
  enter(pod: Shared<Pod>): void {
    if (hasSucceeded(pod)) this.#succeeded(pod);
    else if (hasFailed(pod, this.#job)) this.#failed(pod);
    else if (this.#job.metadata.deletionTimestamp !== undefined) this.#let(pod);
  }

  tally(): Tally {
    const { spec, status } = this.#job;
    const limit = spec?.completions ?? 0;
    const [counted, uncounted] = [this.#counted, this.#uncounted];
    const completedIndexes = this.#before.with(this.#completed);
    const indexed = isIndexed(this.#job);
    return {
      active: this.#pods.filter(isActive),
      ready: this.#pods.filter((pod) => isActive(pod) && isReady(pod)).length,
      terminating: this.#pods.filter((pod) => isTerminating(pod) && !isOver(pod)).length,
      succeeded: indexed ? completedIndexes.size : counted.succeeded + uncounted.succeeded.size + this.#new.succeeded,
      failed: counted.failed + uncounted.failed.size + this.#new.failed,
      counted,
      uncounted: { succeeded: [...uncounted.succeeded], failed: [...uncounted.failed] },
      release: this.#release,
      completedIndexes,
      failedIndexes: IndexSet.parse(status?.failedIndexes, limit).with(this.#failedIndexes),
      ...(this.#failJob === undefined ? {} : { failJob: this.#failJob }),
    };
  }

  #succeeded(pod: Shared<Pod>): void {
    if (!isIndexed(this.#job)) {
      this.#count(pod, 'succeeded');
      return;
    }
    const index = indexOf(pod, this.#job);
    // An index counts once: a second pod of it is let go without a word.
    const known = index === undefined || this.#before.has(index) || this.#completed.has(index);
    if (index !== undefined) this.#completed.add(index);
    if (known && !this.#uncounted.succeeded.has(pod.metadata.uid ?? '')) this.#let(pod);
    else this.#count(pod, 'succeeded');
  }

  #failed(pod: Shared<Pod>): void {
    const verdict: FailureVerdict =
      this.#job.spec?.podFailurePolicy === undefined ? { action: 'Count' } : judgeFailure(this.#job, pod);
    if (verdict.action === 'FailJob') this.#failJob ??= verdict.message;
    const index = isIndexed(this.#job) ? indexOf(pod, this.#job) : undefined;
    const perIndex = this.#job.spec?.backoffLimitPerIndex;
    if (index !== undefined && perIndex !== undefined) {
      const exhausted = verdict.action !== 'Ignore' && failuresBefore(pod) >= perIndex;
      if (exhausted || verdict.action === 'FailIndex') this.#failedIndexes.push(index);
    }
    if (verdict.action === 'Ignore') this.#let(pod);
    else this.#count(pod, 'failed');
  }

  #count(pod: Shared<Pod>, as: 'succeeded' | 'failed'): void {
    const { uid = '' } = pod.metadata;
    const { succeeded, failed } = this.#uncounted;
    if (!succeeded.has(uid) && !failed.has(uid)) {
      if (succeeded.size + failed.size >= MAX_UNCOUNTED) {
        this.#new[as]++;
        return;
      }
      this.#uncounted[as].add(uid);
    }
    this.#let(pod);
  }

  #let({ metadata }: Shared<Pod>): void {
    this.#release.push(metadata.name ?? '');
  }
}
