import type { KubeObject } from '../../object.ts';
import { type FieldErrors, type Path, parseTime, STATUS, validateNonnegative } from '../../values/mod.ts';
import { invalidWhole } from './invalid-whole.ts';
import type { Job, JobStatus } from './job-types.ts';

const COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;
const TERMINAL = ['Failed', 'Complete', 'FailureTarget'];
const CONDITIONS = STATUS.child('conditions');
const START_TIME = STATUS.child('startTime');
const COMPLETION_TIME = STATUS.child('completionTime');

/** Is a condition of this type true? */
export function hasCondition(job: KubeObject, type: string): boolean {
  const conditions = (job as Job).status?.conditions ?? [];
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

function isFinished(job: KubeObject): boolean {
  return hasCondition(job, 'Complete') || hasCondition(job, 'Failed');
}

/** Complaints about a new status of a Job. What was wrong already and does not change is let be, as upstream does. */
export function validateJobStatus(job: KubeObject, old: KubeObject, errors: FieldErrors): void {
  const { status = {} } = job as Job;
  const { status: before = {} } = old as Job;
  for (const field of COUNTS) validateNonnegative(status[field], STATUS.child(field), errors);
  validateOutcome(job, errors);
  validateSteps(job, old, errors);
  validateTimes(job, old, errors);
  if (isFinished(job) && !isFinished(old)) validateFinished(status, errors);
  if ((status.ready ?? 0) > (status.active ?? 0) && (status.ready !== before.ready || status.active !== before.active))
    errors.invalid(STATUS.child('ready'), status.ready, 'cannot set more ready pods than active');
  for (const type of TERMINAL) {
    if (hasCondition(old, type) && !hasCondition(job, type))
      invalidWhole(CONDITIONS, `cannot disable the terminal ${type}=True condition`, errors);
  }
  validateCounters(job as Job, before, errors);
}

/** An outcome is one, not two. */
function validateOutcome(job: KubeObject, errors: FieldErrors): void {
  const never = [
    ['Complete', 'Failed', 'cannot set Complete=True and Failed=true conditions'],
    ['Complete', 'FailureTarget', 'cannot set Complete=True and FailureTarget=true conditions'],
    ['SuccessCriteriaMet', 'Failed', 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
    ['SuccessCriteriaMet', 'FailureTarget', 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'],
  ] as const;
  for (const [one, other, detail] of never)
    if (hasCondition(job, one) && hasCondition(job, other)) invalidWhole(CONDITIONS, detail, errors);
}

/** What is decided is said first; that it is done, later. */
function validateSteps(job: KubeObject, old: KubeObject, errors: FieldErrors): void {
  const steps = [
    ['Failed', 'FailureTarget', 'cannot set Failed=True condition without the FailureTarget=true condition'],
    [
      'Complete',
      'SuccessCriteriaMet',
      'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
  ] as const;
  for (const [outcome, decision, detail] of steps) {
    if (hasCondition(job, outcome) && !hasCondition(old, outcome) && !hasCondition(job, decision))
      invalidWhole(CONDITIONS, detail, errors);
  }
}

function validateTimes(job: KubeObject, old: KubeObject, errors: FieldErrors): void {
  const { startTime, completionTime } = (job as Job).status ?? {};
  const { startTime: startedBefore, completionTime: completedBefore } = (old as Job).status ?? {};
  const isComplete = hasCondition(job, 'Complete');
  const changed = completionTime !== completedBefore || isComplete !== hasCondition(old, 'Complete');
  if (changed && completionTime !== undefined && !isComplete) {
    const detail = 'cannot set completionTime when there is no Complete=True condition';
    errors.invalid(COMPLETION_TIME, completionTime, detail);
  }
  if (changed && completionTime === undefined && isComplete)
    errors.required(COMPLETION_TIME, 'completionTime is required for Complete jobs');
  const [startMs, endMs] = [parseTime(startTime), parseTime(completionTime)];
  if (startMs !== undefined && endMs !== undefined && endMs < startMs)
    errors.invalid(COMPLETION_TIME, completionTime, 'completionTime cannot be set before startTime');
  if (completionTime !== undefined && completedBefore !== undefined && completionTime !== completedBefore)
    errors.invalid(COMPLETION_TIME, completionTime, 'completionTime cannot be mutated');
  const isSuspended = (job as Job).spec?.suspend === true;
  if (startedBefore !== undefined && startTime !== startedBefore && !isSuspended)
    requireSameStart(START_TIME, startTime, errors);
}

function requireSameStart(path: Path, startTime: string | undefined, errors: FieldErrors): void {
  if (startTime === undefined) errors.required(path, 'startTime cannot be removed for unsuspended job');
  else errors.invalid(path, startTime, 'startTime cannot be modified for unsuspended job');
}

function validateFinished({ active = 0, terminating = 0, startTime }: JobStatus, errors: FieldErrors): void {
  if (active > 0) errors.invalid(STATUS.child('active'), active, 'active>0 is invalid for finished job');
  if (startTime === undefined) errors.required(START_TIME, 'startTime is required for finished job');
  if (terminating > 0)
    errors.invalid(STATUS.child('terminating'), terminating, 'terminating>0 is invalid for finished job');
}

/** Pods that ended are counted up; a job that is suspended with nothing left to do may start anew. */
function validateCounters({ spec, status = {} }: Job, before: JobStatus, errors: FieldErrors): void {
  if (spec?.suspend === true && spec.completions === 0) return;
  for (const field of ['failed', 'succeeded'] as const) {
    const isElastic = field === 'succeeded' && spec?.completionMode === 'Indexed';
    if ((status[field] ?? 0) < (before[field] ?? 0) && !isElastic)
      errors.invalid(STATUS.child(field), status[field] ?? 0, `cannot decrease the ${field} counter`);
  }
}
