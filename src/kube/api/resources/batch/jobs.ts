import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { humanDuration, parseTime, SPEC } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { templateColumns } from '../template-columns.ts';
import { warnOfHostName, warnOfTemplate } from '../template-warnings.ts';
import { generateSelector, setJobDefaults } from './job-defaults.ts';
import { hasCondition, validateJobStatus } from './job-status.ts';
import type { Job } from './job-types.ts';
import { validateJobChange } from './job-update.ts';
import { validateJob } from './job-validation.ts';

function asJob(object: KubeObject): Job {
  return object as Job;
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
          ...templateColumns((object) => asJob(object).spec),
        ],
        selectableFields: { 'status.successful': (object) => String(asJob(object).status?.succeeded ?? 0) },
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateJobStatus) },
  strategy: kindStrategy<Job>(
    {
      newStatus: () => ({}),
      setDefaults: setJobDefaults,
      prepareForCreate: generateSelector,
      validate: validateJob,
      validateChange: validateJobChange,
      warn: (job, old, warn) => {
        if (old === undefined) warnOfHostName(job, warn);
        warnOfTemplate(job.spec.template, old?.spec.template, SPEC.child('template'), warn);
      },
    },
    // What batch/v1 always did, for clients that say nothing.
    { defaultPropagation: 'orphan' },
  ),
};
