import { setPodTemplateDefaults } from '../core/pod-spec/mod.ts';
import type { Job, JobSpec, PodFailurePolicy } from './job-types.ts';

const BACKOFF_LIMIT = 6;
/** With a limit for each index there is none for all. */
const NO_BACKOFF_LIMIT = 2 ** 31 - 1;

/** The labels that tell a job's pods; the ones without a prefix are for old clients. */
export const CONTROLLER_UID_LABEL = 'batch.kubernetes.io/controller-uid';
export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name';
export const OLD_CONTROLLER_UID_LABEL = 'controller-uid';
export const OLD_JOB_NAME_LABEL = 'job-name';

/** Upstream's defaults of a Job, in place. */
export function setJobDefaults(job: Job): void {
  job.spec ??= {};
  const { spec } = job;
  setCountDefaults(spec);
  setLabelDefaults(job);
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  setFailurePolicyDefaults(spec.podFailurePolicy);
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
  setPodTemplateDefaults(spec.template);
}

/** A job without labels has those of its pods, the generated ones too. */
function setLabelDefaults({ spec, metadata }: Job): void {
  const labels = spec.template?.metadata?.labels;
  if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
}

function setCountDefaults(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : NO_BACKOFF_LIMIT;
}

/** The defaults that both a Job and the template of one have. */
export function setFailurePolicyDefaults(policy: PodFailurePolicy | undefined): void {
  for (const { onPodConditions } of policy?.rules ?? []) {
    for (const condition of onPodConditions ?? []) condition.status ||= 'True';
  }
}

/** Makes the selector and the labels by which a new Job finds its pods, unless the client does (`manualSelector`). */
export function generateSelector(job: Job): void {
  const { spec, metadata } = job;
  if (spec.manualSelector === true || spec.template === undefined) return;
  const { uid = '', name = '' } = metadata;
  spec.template.metadata ??= {};
  const given = spec.template.metadata.labels ?? {};
  // What the client set stays: where it is wrong, validation says so.
  spec.template.metadata.labels = {
    [JOB_NAME_LABEL]: name,
    [OLD_JOB_NAME_LABEL]: name,
    [CONTROLLER_UID_LABEL]: uid,
    [OLD_CONTROLLER_UID_LABEL]: uid,
    ...given,
  };
  spec.selector ??= {};
  spec.selector.matchLabels = { [CONTROLLER_UID_LABEL]: uid, ...spec.selector.matchLabels };
  setLabelDefaults(job);
}
