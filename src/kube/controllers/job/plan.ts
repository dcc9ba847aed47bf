import type { Shared } from '#kube/api';
import { formatTime, parseTime } from '#kube/api/values';
import { type EventNote, hasCondition, type Pod } from '../common/mod.ts';
import { deadlineInMs, type Ending, endingOf } from './finish.ts';
import { isIndexed, isTracked } from './job-pods.ts';
import { managePods, type NewPod } from './manage.ts';
import { type Tally, tallyPods } from './tally.ts';
import type { Job, JobCondition, JobStatus } from './types.ts';

/** The next step of a job. It is done in this order; what fails ends it. */
export interface JobPlan {
  readonly status: Shared<JobStatus>;
  /** Names of pods that the status has counted, or names as uncounted: their finalizer goes. */
  readonly release: readonly string[];
  /** Names of pods that go without being counted: they are let go and deleted. */
  readonly drop: readonly string[];
  /** Names of pods that are deleted and count as failed. */
  readonly remove: readonly string[];
  readonly create: readonly NewPod[];
  readonly notes: readonly EventNote[];
  readonly requeueAfterMs?: number;
}

const COUNTS = ['active', 'succeeded', 'failed', 'completedIndexes', 'failedIndexes'] as const;

/** Is the job over, well or not? */
export function isFinished({ status }: Shared<Job>): boolean {
  return hasCondition(status?.conditions, 'Complete') || hasCondition(status?.conditions, 'Failed');
}

/**
 * The next step of a job: count what ended, end the job if it is time, and otherwise see that enough pods run. Pure.
 */
export function planJob(job: Shared<Job>, pods: readonly Shared<Pod>[], nowMs: number): JobPlan {
  if (isFinished(job)) return finishedPlan(job, pods);
  const tally = tallyPods(job, pods);
  if (job.metadata.deletionTimestamp !== undefined) {
    return { ...NOTHING, status: countedStatus(job, tally), release: tally.release };
  }
  const ending = endingOf(job, tally, nowMs);
  return ending === undefined ? runningPlan(job, pods, tally, nowMs) : endingPlan(job, pods, tally, ending, nowMs);
}

const NOTHING = { release: [], drop: [], remove: [], create: [], notes: [] };

/** Nothing changes but that pods which came late are let go. */
function finishedPlan(job: Shared<Job>, pods: readonly Shared<Pod>[]): JobPlan {
  return { ...NOTHING, status: job.status ?? {}, release: namesOf(pods.filter(isTracked)) };
}

function runningPlan(job: Shared<Job>, pods: readonly Shared<Pod>[], tally: Tally, nowMs: number): JobPlan {
  const moves = managePods(job, pods, tally, nowMs);
  const started = startedStatus(job, countedStatus(job, tally), nowMs);
  const deadlineMs = deadlineInMs({ ...job, status: started.status } as Shared<Job>, nowMs);
  const waits = [moves.requeueAfterMs, deadlineMs].filter((inMs) => inMs !== undefined);
  return {
    ...NOTHING,
    ...started,
    release: tally.release,
    drop: moves.drop,
    create: moves.create,
    ...(waits.length === 0 ? {} : { requeueAfterMs: Math.max(0, Math.min(...waits)) }),
  };
}

/** Sets or takes away the start time, as the job is resumed or suspended. */
function startedStatus(job: Shared<Job>, status: Shared<JobStatus>, nowMs: number): Pick<JobPlan, 'status' | 'notes'> {
  const saysSuspended = hasCondition(status.conditions, 'Suspended');
  if (job.spec?.suspend === true) {
    const { startTime: _, ...rest } = status;
    if (saysSuspended) return { status: rest, notes: [] };
    const conditions = withJobCondition(status, suspended('True', 'JobSuspended', 'Job suspended'), nowMs);
    return {
      status: { ...rest, conditions },
      notes: [{ type: 'Normal', reason: 'Suspended', message: 'Job suspended' }],
    };
  }
  const startTime = status.startTime ?? formatTime(nowMs);
  if (!saysSuspended) return { status: { ...status, startTime }, notes: [] };
  const conditions = withJobCondition(status, suspended('False', 'JobResumed', 'Job resumed'), nowMs);
  return {
    status: { ...status, startTime: formatTime(nowMs), conditions },
    notes: [{ type: 'Normal', reason: 'Resumed', message: 'Job resumed' }],
  };
}

function suspended(status: string, reason: string, message: string): JobCondition {
  return { type: 'Suspended', status, reason, message };
}

/** First the pods that still run go, then, when all are gone and counted, the job is over. */
function endingPlan(
  job: Shared<Job>,
  pods: readonly Shared<Pod>[],
  tally: Tally,
  ending: Ending,
  nowMs: number,
): JobPlan {
  const failed = ending.type === 'FailureTarget';
  const status = countedStatus(job, tally);
  const { type, reason, message } = ending;
  const conditions = withJobCondition(status, { type, status: 'True', reason, message }, nowMs);
  const active = namesOf(tally.active);
  const ended = {
    ...NOTHING,
    status: { ...status, conditions },
    release: tally.release,
    drop: failed ? [] : active,
    remove: failed ? active : [],
  };
  if (active.length > 0 || tally.terminating > 0 || pods.some(isTracked) || hasUncounted(tally)) return ended;
  return { ...ended, ...overStatus(job, ended.status, ending, nowMs) };
}

function hasUncounted({ uncounted }: Tally): boolean {
  return uncounted.succeeded.length + uncounted.failed.length > 0;
}

function overStatus(
  job: Shared<Job>,
  status: Shared<JobStatus>,
  { type, reason, message }: Ending,
  nowMs: number,
): Pick<JobPlan, 'status' | 'notes'> {
  if (type === 'FailureTarget') {
    const conditions = withJobCondition(status, { type: 'Failed', status: 'True', reason, message }, nowMs);
    return { status: { ...status, conditions }, notes: [{ type: 'Warning', reason, message }] };
  }
  const conditions = withJobCondition(status, { type: 'Complete', status: 'True', reason, message }, nowMs);
  const startMs = parseTime(job.status?.startTime);
  const startTime = formatTime(startMs ?? nowMs);
  return {
    status: { ...status, startTime, conditions, completionTime: formatTime(Math.max(nowMs, startMs ?? 0)) },
    notes: [{ type: 'Normal', reason: 'Completed', message: 'Job completed' }],
  };
}

/** The status with today's counts; those of nothing are left out, as upstream leaves them. */
function countedStatus(job: Shared<Job>, tally: Tally): Shared<JobStatus> {
  const rest = { ...job.status };
  for (const field of COUNTS) delete rest[field];
  const { succeeded, failed } = tally.counted;
  const completed = isIndexed(job) ? tally.completedIndexes.toString() : '';
  return {
    ...rest,
    ...(tally.active.length === 0 ? {} : { active: tally.active.length }),
    ready: tally.ready,
    terminating: tally.terminating,
    ...(succeeded === 0 ? {} : { succeeded }),
    ...(failed === 0 ? {} : { failed }),
    ...(completed === '' ? {} : { completedIndexes: completed }),
    ...(job.spec?.backoffLimitPerIndex === undefined ? {} : { failedIndexes: tally.failedIndexes.toString() }),
    uncountedTerminatedPods: hasUncounted(tally)
      ? { succeeded: [...tally.uncounted.succeeded], failed: [...tally.uncounted.failed] }
      : {},
  };
}

function withJobCondition(
  { conditions = [] }: Shared<JobStatus>,
  facts: JobCondition,
  nowMs: number,
): Shared<JobCondition>[] {
  const old = conditions.find(({ type }) => type === facts.type);
  if (old?.status === facts.status) return [...conditions];
  const now = formatTime(nowMs);
  return [
    ...conditions.filter(({ type }) => type !== facts.type),
    { ...facts, lastProbeTime: now, lastTransitionTime: now },
  ];
}

function namesOf(pods: readonly Shared<Pod>[]): string[] {
  return pods.map(({ metadata }) => metadata.name ?? '');
}
