import type { Shared } from '#kube/api';
import { parseTime } from '#kube/api/values';
import type { Pod } from '../common/mod.ts';
import { IndexSet } from './index-set.ts';
import type { Tally } from './tally.ts';
import type { Job } from './types.ts';

/** How a job ends, and why. */
export interface Ending {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
  readonly reason: string;
  readonly message: string;
}

/**
 * Is it time for the job to end? First what was said already, then what makes it fail, then what makes it succeed.
 * Pure.
 */
export function endingOf(job: Shared<Job>, tally: Tally, nowMs: number): Ending | undefined {
  return saidEnding(job) ?? failureOf(job, tally, nowMs) ?? successOf(job, tally);
}

/** A job that was to end goes on ending, for the reason that it had. */
function saidEnding({ status }: Shared<Job>): Ending | undefined {
  for (const type of ['FailureTarget', 'SuccessCriteriaMet'] as const) {
    const said = status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
    if (said !== undefined) return { type, reason: said.reason ?? '', message: said.message ?? '' };
  }
  return undefined;
}

function failureOf(job: Shared<Job>, tally: Tally, nowMs: number): Ending | undefined {
  const { spec } = job;
  if (tally.failJob !== undefined) return failure('PodFailurePolicy', tally.failJob);
  if (tally.failed > (spec?.backoffLimit ?? 6) || restartsExceedLimit(job, tally.active))
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const inMs = deadlineInMs(job, nowMs);
  if (inMs !== undefined && inMs <= 0)
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  return indexFailure(job, tally);
}

function failure(reason: string, message: string): Ending {
  return { type: 'FailureTarget', reason, message };
}

/** Containers that are restarted where they are count by their restarts. */
function restartsExceedLimit({ spec }: Shared<Job>, active: readonly Shared<Pod>[]): boolean {
  if (spec?.template?.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const pod of active) {
    for (const { restartCount = 0 } of pod.status?.initContainerStatuses ?? []) restarts += restartCount;
    for (const { restartCount = 0 } of pod.status?.containerStatuses ?? []) restarts += restartCount;
  }
  const limit = spec?.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until the job has been active for too long; undefined when no clock runs. */
export function deadlineInMs({ spec, status }: Shared<Job>, nowMs: number): number | undefined {
  const startMs = parseTime(status?.startTime);
  if (spec?.activeDeadlineSeconds === undefined || startMs === undefined || spec.suspend === true) return undefined;
  return startMs + spec.activeDeadlineSeconds * 1000 - nowMs;
}

function indexFailure({ spec }: Shared<Job>, { failedIndexes, completedIndexes }: Tally): Ending | undefined {
  if (spec?.backoffLimitPerIndex === undefined) return undefined;
  if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes)
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  const done = failedIndexes.size + completedIndexes.size >= (spec.completions ?? 0);
  return failedIndexes.size > 0 && done ? failure('FailedIndexes', 'Job has failed indexes') : undefined;
}

function successOf(job: Shared<Job>, tally: Tally): Ending | undefined {
  const { spec } = job;
  const rule = matchedRule(job, tally);
  if (rule !== undefined)
    return { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
  // Without a number of completions, one that succeeds says that the work is done; the others are waited for.
  const reached =
    spec?.completions === undefined
      ? tally.succeeded > 0 && tally.active.length === 0
      : tally.succeeded >= spec.completions && (spec.completions > 0 || tally.active.length === 0);
  if (!reached) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
}

function matchedRule({ spec }: Shared<Job>, { completedIndexes }: Tally): number | undefined {
  const rules = spec?.successPolicy?.rules ?? [];
  const at = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && completedIndexes.size >= succeededCount;
    const wanted = IndexSet.parse(succeededIndexes, spec?.completions ?? 0);
    return wanted.size > 0 && completedIndexes.common(wanted) >= (succeededCount ?? wanted.size);
  });
  return at < 0 ? undefined : at;
}
