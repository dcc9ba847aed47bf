import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, humanDuration, parseTime, STATUS, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { templateColumns } from '../template-columns.ts';
import { generateSelector, setJobDefaults } from './job-defaults.ts';
import type { Job } from './job-types.ts';
import { validateJobChange } from './job-update.ts';
import { validateJob } from './job-validation.ts';

const STATUS_COUNTS = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const;

function asJob(object: KubeObject): Job {
  return object as Job;
}

function hasCondition(object: KubeObject, type: string): boolean {
  const conditions = asJob(object).status?.conditions ?? [];
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

function phase(object: KubeObject): string {
  for (const type of ['Complete', 'Failed']) if (hasCondition(object, type)) return type;
  if (object.metadata.deletionTimestamp !== undefined) return 'Terminating';
  for (const type of ['Suspended', 'FailureTarget', 'SuccessCriteriaMet']) if (hasCondition(object, type)) return type;
  return 'Running';
}

function completions(object: KubeObject): string {
  const { spec = {}, status = {} } = asJob(object);
  const { succeeded = 0 } = status;
  if (spec.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const { parallelism = 0 } = spec;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration(object: KubeObject, nowMs: number): string {
  const { status = {} } = asJob(object);
  const startMs = parseTime(status.startTime);
  if (startMs === undefined) return '';
  return humanDuration((parseTime(status.completionTime) ?? nowMs) - startMs);
}

function validateStatus(object: KubeObject, old: KubeObject, errors: FieldErrors): void {
  const { status = {} } = asJob(object);
  for (const field of STATUS_COUNTS) validateNonnegative(status[field], STATUS.child(field), errors);
  if (hasCondition(object, 'Complete') && hasCondition(object, 'Failed'))
    errors.invalid(
      STATUS.child('conditions'),
      status.conditions,
      'cannot set Complete=True and Failed=true conditions',
    );
  const [startMs, endMs] = [parseTime(status.startTime), parseTime(status.completionTime)];
  if (endMs !== undefined && startMs !== undefined && endMs < startMs)
    errors.invalid(
      STATUS.child('completionTime'),
      status.completionTime,
      'completionTime cannot be set before startTime',
    );
  if (endMs !== undefined && !hasCondition(object, 'Complete'))
    errors.invalid(
      STATUS.child('completionTime'),
      status.completionTime,
      'cannot set completionTime when there is no Complete=True condition',
    );
  for (const type of ['Complete', 'Failed']) {
    if (hasCondition(old, type) && !hasCondition(object, type))
      errors.invalid(
        STATUS.child('conditions'),
        status.conditions,
        `cannot disable the terminal ${type}=True condition`,
      );
  }
}

/** Pods that are to end well, so many times. */
export const jobs: ResourceDefinition = {
  group: 'batch',
  plural: 'jobs',
  singular: 'job',
  kind: 'Job',
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'batch', version: 'v1', kind: 'Job' },
      {
        columns: [
          textColumn('Status', 'How it goes.', phase),
          textColumn('Completions', 'Pods that ended well, of those that are to.', completions),
          textColumn('Duration', 'How long it took, or has taken.', duration),
          AGE_COLUMN,
          ...templateColumns(
            (object) => asJob(object).spec?.template,
            (object) => asJob(object).spec?.selector,
          ),
        ],
        selectableFields: { 'status.successful': (object) => String(asJob(object).status?.succeeded ?? 0) },
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateStatus) },
  strategy: kindStrategy<Job>(
    {
      newStatus: () => ({}),
      setDefaults: setJobDefaults,
      prepareForCreate: generateSelector,
      validate: validateJob,
      validateChange: validateJobChange,
    },
    // What batch/v1 always did, for clients that say nothing.
    { defaultPropagation: 'orphan' },
  ),
};
