import type { Shared } from '#kube/api';
import { CronSyntaxError } from '#kube/api/resources';
import { formatTime, parseTime } from '#kube/api/values';
import { createdMs, type EventNote, hasCondition } from '../common/mod.ts';
import { isFinished, type Job } from '../job/mod.ts';
import { Schedule } from './schedule.ts';
import type { CronJob, CronJobStatus, JobReference } from './types.ts';

/** The next step of a cron job. */
export interface CronJobPlan {
  /** The status before a job is created, which adds itself to the active ones. */
  readonly status: Shared<CronJobStatus>;
  /** Names of jobs of the past beyond the history's limits, and of active ones that are to be replaced. */
  readonly remove: readonly string[];
  /** The job of this moment is to be made. */
  readonly create?: { readonly scheduledMs: number; readonly name: string };
  readonly notes: readonly EventNote[];
  /** When the next job is due. */
  readonly requeueAfterMs?: number;
}

/** Jobs are looked for a little after they are due, so that clocks may differ. */
const SLACK_MS = 100;

/** Keeps the list of active jobs, takes old ones away, and makes the one that is due. Pure. */
export function planCronJob(cron: Shared<CronJob>, jobs: readonly Shared<Job>[], nowMs: number): CronJobPlan {
  const { status, notes } = lookAtJobs(cron, jobs);
  const plan: CronJobPlan = { status, notes, remove: surplusHistory(cron, jobs) };
  if (cron.metadata.deletionTimestamp !== undefined || cron.spec?.suspend === true) return plan;
  const schedule = scheduleOf(cron);
  if ('reason' in schedule) return { ...plan, notes: [...notes, schedule] };
  return { ...plan, ...due(cron, jobs, plan, schedule, nowMs) };
}

function scheduleOf({ spec }: Shared<CronJob>): Schedule | EventNote {
  try {
    return new Schedule(spec?.schedule ?? '', spec?.timeZone);
  } catch (error) {
    if (error instanceof CronSyntaxError) {
      const message = `unparseable schedule: "${spec?.schedule}" : ${error.message}`;
      return { type: 'Warning', reason: 'UnparseableSchedule', message };
    }
    if (!(error instanceof RangeError)) throw error;
    const message = `invalid timeZone: "${spec?.timeZone}" : unknown time zone ${spec?.timeZone}`;
    return { type: 'Warning', reason: 'UnknownTimeZone', message };
  }
}

/** What became of the jobs that the status calls active. */
function lookAtJobs(cron: Shared<CronJob>, jobs: readonly Shared<Job>[]) {
  const notes: EventNote[] = [];
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const active: Shared<JobReference>[] = [];
  for (const reference of cron.status?.active ?? []) {
    const job = byUid.get(reference.uid);
    if (job === undefined) {
      notes.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${reference.name}` });
    } else if (isFinished(job)) {
      const condition = hasCondition(job.status?.conditions, 'Complete') ? 'Complete' : 'Failed';
      const message = `Saw completed job: ${reference.name}, condition: ${condition}`;
      notes.push({ type: 'Normal', reason: 'SawCompletedJob', message });
    } else active.push(reference);
  }
  return { notes, status: { ...cron.status, active, ...lastSuccess(cron, jobs) } };
}

function lastSuccess(
  { status }: Shared<CronJob>,
  jobs: readonly Shared<Job>[],
): Pick<CronJobStatus, 'lastSuccessfulTime'> {
  let lastMs = parseTime(status?.lastSuccessfulTime);
  for (const job of jobs) {
    const atMs = hasCondition(job.status?.conditions, 'Complete') ? parseTime(job.status?.completionTime) : undefined;
    if (atMs !== undefined && (lastMs === undefined || atMs > lastMs)) lastMs = atMs;
  }
  return lastMs === undefined ? {} : { lastSuccessfulTime: formatTime(lastMs) };
}

/** The oldest jobs that ended, well or not, beyond what is kept of each. */
function surplusHistory({ spec }: Shared<CronJob>, jobs: readonly Shared<Job>[]): string[] {
  const ended = jobs
    .filter((job) => isFinished(job) && job.metadata.deletionTimestamp === undefined)
    .sort((a, b) => startedMs(a) - startedMs(b));
  const beyond = (list: readonly Shared<Job>[], limit: number | undefined) =>
    limit === undefined ? [] : list.slice(0, Math.max(0, list.length - limit));
  const succeeded = ended.filter((job) => hasCondition(job.status?.conditions, 'Complete'));
  const failed = ended.filter((job) => !succeeded.includes(job));
  return [...beyond(succeeded, spec?.successfulJobsHistoryLimit), ...beyond(failed, spec?.failedJobsHistoryLimit)].map(
    ({ metadata }) => metadata.name ?? '',
  );
}

function startedMs(job: Shared<Job>): number {
  return parseTime(job.status?.startTime) ?? createdMs(job);
}

type Due = Partial<Pick<CronJobPlan, 'create' | 'remove' | 'notes' | 'requeueAfterMs'>>;

function due(
  cron: Shared<CronJob>,
  jobs: readonly Shared<Job>[],
  plan: CronJobPlan,
  schedule: Schedule,
  nowMs: number,
): Due {
  const { startingDeadlineSeconds, concurrencyPolicy } = cron.spec ?? {};
  const sinceMs = parseTime(cron.status?.lastScheduleTime) ?? createdMs(cron);
  const deadlineMs = startingDeadlineSeconds === undefined ? undefined : startingDeadlineSeconds * 1000;
  const scheduledMs = schedule.last(sinceMs, nowMs);
  const later = whenNext(schedule, scheduledMs ?? sinceMs, nowMs);
  if (scheduledMs === undefined) return later;
  if (deadlineMs !== undefined && scheduledMs + deadlineMs < nowMs) {
    const message = `Missed scheduled time to start a job: ${new Date(scheduledMs).toUTCString()}`;
    return { ...later, notes: [...plan.notes, { type: 'Warning', reason: 'MissSchedule', message }] };
  }
  const name = `${cron.metadata.name}-${Math.floor(scheduledMs / 60_000)}`;
  const active = plan.status.active ?? [];
  if (active.some((reference) => reference.name === name)) return later;
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    return { ...later, notes: [...plan.notes, { type: 'Normal', reason: 'JobAlreadyActive', message }] };
  }
  const replaced = concurrencyPolicy === 'Replace' ? active.map((reference) => reference.name ?? '') : [];
  const present = new Set(jobs.map(({ metadata }) => metadata.name));
  return {
    ...later,
    create: { scheduledMs, name },
    remove: [...plan.remove, ...replaced.filter((old) => present.has(old))],
  };
}

/** `@every` counts from the last time, all else by the clock. */
function whenNext(schedule: Schedule, fromMs: number, nowMs: number): Pick<CronJobPlan, 'requeueAfterMs'> {
  let nextMs = schedule.next(fromMs);
  if (nextMs !== undefined && nextMs <= nowMs) nextMs = schedule.next(nowMs);
  return nextMs === undefined ? {} : { requeueAfterMs: nextMs - nowMs + SLACK_MS };
}
