import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type HookContext, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, humanAge, METADATA, type Path, SPEC, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, booleanColumn, integerColumn, textColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-spec/mod.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { templateColumns } from '../template-columns.ts';
import { warnOfHostName, warnOfTemplate } from '../template-warnings.ts';
import { CronSyntaxError, parseCron } from './cron.ts';
import { setFailurePolicyDefaults } from './job-defaults.ts';
import type { JobSpec } from './job-types.ts';
import { validateJobSpec } from './job-validation.ts';
import { isTimeZone } from './time-zone.ts';

interface CronJob extends KubeObject {
  spec: CronJobSpec;
  status?: { active?: unknown[]; lastScheduleTime?: string; lastSuccessfulTime?: string };
}

interface CronJobSpec {
  schedule?: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: string;
  suspend?: boolean;
  jobTemplate?: { spec?: JobSpec };
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
}

/** Names of jobs are this name and eleven characters more. */
const MAX_NAME = 63 - 11;
const POLICIES = ['Allow', 'Forbid', 'Replace'];
const SCHEDULE = SPEC.child('schedule');
const TIME_ZONE = SPEC.child('timeZone');
const IANA = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';

function setDefaults(job: CronJob): void {
  job.spec ??= {};
  const { spec } = job;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  setFailurePolicyDefaults(spec.jobTemplate?.spec?.podFailurePolicy);
  setPodTemplateDefaults(spec.jobTemplate?.spec?.template);
}

function validate({ spec }: CronJob, errors: FieldErrors, old: CronJob | undefined): void {
  const { concurrencyPolicy = '' } = spec;
  validateSchedule(spec, errors, hasZone(old?.spec.schedule));
  for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const)
    validateNonnegative(spec[field], SPEC.child(field), errors);
  const path = SPEC.child('concurrencyPolicy');
  if (concurrencyPolicy === '') errors.required(path);
  else if (!POLICIES.includes(concurrencyPolicy)) errors.notSupported(path, concurrencyPolicy, POLICIES);
  // Zones come and go: one that was known once is let be.
  if (old === undefined || old.spec.timeZone !== spec.timeZone) validateTimeZone(spec.timeZone, errors);
  validateTemplate(spec.jobTemplate?.spec ?? {}, SPEC.child('jobTemplate').child('spec'), errors);
}

/** Names of old objects may be longer than those of new ones. */
function validateWithName(job: CronJob, errors: FieldErrors, _context: HookContext, old?: CronJob): void {
  const { name = '' } = job.metadata;
  if (old === undefined && name.length > MAX_NAME)
    errors.invalid(METADATA.child('name'), name, `must be no more than ${MAX_NAME} characters`);
  validate(job, errors, old);
}

/** A zone in the schedule stays allowed where there was one. */
function validateSchedule({ schedule = '', timeZone }: CronJobSpec, errors: FieldErrors, mayHaveZone: boolean): void {
  if (schedule === '') {
    errors.required(SCHEDULE);
    return;
  }
  const [zoned, fields] = splitZone(schedule);
  const problem = scheduleProblem(fields);
  if (problem !== undefined) errors.invalid(SCHEDULE, schedule, problem);
  if (zoned && mayHaveZone && timeZone !== undefined)
    errors.invalid(SCHEDULE, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
  else if (zoned && !mayHaveZone)
    errors.invalid(SCHEDULE, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
}

function hasZone(schedule = ''): boolean {
  return schedule.includes('TZ');
}

function splitZone(schedule: string): [zoned: boolean, fields: string] {
  if (!hasZone(schedule)) return [false, schedule];
  const fields = /^(?:CRON_)?TZ=\S*\s+(.*)$/s.exec(schedule)?.[1];
  return [true, fields ?? schedule];
}

function scheduleProblem(schedule: string): string | undefined {
  try {
    parseCron(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof CronSyntaxError) return error.message;
    throw error;
  }
}

function validateTimeZone(timeZone: string | undefined, errors: FieldErrors): void {
  if (timeZone === undefined) return;
  if (timeZone === '') errors.invalid(TIME_ZONE, timeZone, 'timeZone must be nil or non-empty string');
  else if (timeZone.toLowerCase() === 'local') errors.invalid(TIME_ZONE, timeZone, IANA);
  else if (!isTimeZone(timeZone)) errors.invalid(TIME_ZONE, timeZone, `unknown time zone ${timeZone}`);
}

function validateTemplate(spec: JobSpec, path: Path, errors: FieldErrors): void {
  validateJobSpec(spec, path, errors);
  if (spec.selector !== undefined)
    errors.invalid(path.child('selector'), spec.selector, '`selector` will be auto-generated');
  if (spec.manualSelector === true) errors.notSupported(path.child('manualSelector'), true, ['nil', 'false']);
}

function warnOf(job: CronJob, old: CronJob | undefined, warn: (message: string) => void): void {
  const templateOf = ({ spec }: CronJob) => spec.jobTemplate?.spec?.template;
  const path = SPEC.child('jobTemplate').child('spec').child('template');
  if (old === undefined) warnOfHostName(job, warn);
  warnOfTemplate(templateOf(job), old === undefined ? undefined : templateOf(old), path, warn);
}

function asCronJob(object: KubeObject): CronJob {
  return object as CronJob;
}

function suspended(object: KubeObject): string {
  const suspend = asCronJob(object).spec?.suspend;
  if (suspend === undefined) return '<unset>';
  return suspend ? 'True' : 'False';
}

/** Jobs that are started by the clock. */
export const cronJobs: ResourceDefinition = {
  group: 'batch',
  plural: 'cronjobs',
  singular: 'cronjob',
  kind: 'CronJob',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'batch', version: 'v1', kind: 'CronJob' },
      {
        columns: [
          textColumn(
            'Schedule',
            'When it starts jobs, as cron has it.',
            (object) => asCronJob(object).spec?.schedule ?? '',
          ),
          textColumn('Timezone', 'Whose clock counts.', (object) => asCronJob(object).spec?.timeZone ?? '<none>'),
          booleanColumn('Suspend', 'Does it start none for now?', suspended),
          integerColumn('Active', 'Jobs that run now.', (object) => asCronJob(object).status?.active?.length ?? 0),
          textColumn('Last Schedule', 'When it last started a job.', (object, nowMs) => {
            const last = asCronJob(object).status?.lastScheduleTime;
            return last === undefined ? '<none>' : humanAge(last, nowMs);
          }),
          AGE_COLUMN,
          ...templateColumns((object) => asCronJob(object).spec?.jobTemplate?.spec),
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource() },
  strategy: kindStrategy<CronJob>({ newStatus: () => ({}), setDefaults, validate: validateWithName, warn: warnOf }),
};
