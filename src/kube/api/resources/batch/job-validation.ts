import { matchesLabels } from '../../selector/mod.ts';
import {
  dnsLabelErrors,
  type FieldErrors,
  METADATA,
  type Path,
  qualifiedNameErrors,
  SPEC,
  validateLabelSelector,
  validateNonnegative,
} from '../../values/mod.ts';
import { validateTemplateLabels } from '../apps/workload.ts';
import { validatePodTemplate } from '../core/pod-spec/mod.ts';
import { soundMatcher } from '../sound-matcher.ts';
import { validatePodFailurePolicy } from './failure-policy.ts';
import { CONTROLLER_UID_LABEL, JOB_NAME_LABEL, OLD_CONTROLLER_UID_LABEL, OLD_JOB_NAME_LABEL } from './job-defaults.ts';
import type { Job, JobSpec } from './job-types.ts';
import { validateSuccessPolicy } from './success-policy.ts';

const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const;

const MAX_MANAGED_BY = 63;
const MAX_INDEXED_PARALLELISM = 100_000;
const MAX_FAILED_INDEXES = 100_000;
/** Above so many completions, parallelism and failed indexes are bounded by the lower limit. */
const MANY_COMPLETIONS = 100_000;
const LOWER_LIMIT = 10_000;

/** Complaints about a Job. */
export function validateJob(job: Job, errors: FieldErrors): void {
  validateHostNames(job, errors);
  validateGeneratedSelector(job, errors);
  validateJobSpec(job.spec, SPEC, errors);
  const { selector, template } = job.spec;
  if (selector === undefined) errors.required(SPEC.child('selector'));
  else validateLabelSelector(selector, SPEC.child('selector'), errors);
  if (template !== undefined) validateTemplateLabels(selector, template, SPEC.child('template'), errors);
}

/** Pods with indexes are called after the job and their index, which must be a sound host name. */
function validateHostNames({ spec, metadata }: Job, errors: FieldErrors): void {
  const { completionMode, completions = 0 } = spec;
  if (completionMode !== 'Indexed' || completions <= 0) return;
  const { name = '' } = metadata;
  const last = `${name}-${completions - 1}`;
  if (dnsLabelErrors(last).length > 0)
    errors.invalid(METADATA.child('name'), name, `will not able to create pod with invalid DNS label: ${last}`);
}

function validateGeneratedSelector({ spec, metadata }: Job, errors: FieldErrors): void {
  if (spec.manualSelector === true || spec.selector === undefined || spec.template === undefined) return;
  const { uid = '', name = '' } = metadata;
  const labels = spec.template.metadata?.labels ?? {};
  const expected: Record<string, string> = {
    [CONTROLLER_UID_LABEL]: uid,
    [OLD_CONTROLLER_UID_LABEL]: uid,
    [JOB_NAME_LABEL]: name,
    [OLD_JOB_NAME_LABEL]: name,
  };
  const path = SPEC.child('template').child('metadata').child('labels');
  for (const [key, value] of Object.entries(expected)) {
    if (!Object.hasOwn(labels, key)) errors.required(path.key(key), `must be '${value}'`);
    else if (labels[key] !== value) errors.invalid(path.key(key), labels, `must be '${value}'`);
  }
  const matcher = soundMatcher(spec.selector);
  if (matcher !== undefined && !matchesLabels(matcher, expected))
    errors.invalid(SPEC.child('selector'), spec.selector, '`selector` not auto-generated');
}

/** Complaints about the spec of a Job, or of the template of one. */
export function validateJobSpec(spec: JobSpec, path: Path, errors: FieldErrors): void {
  for (const field of COUNTS) validateNonnegative(spec[field], path.child(field), errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified');
  validateManagedBy(spec.managedBy, path.child('managedBy'), errors);
  validateCompletionMode(spec, path, errors);
  if (spec.podFailurePolicy !== undefined)
    validatePodFailurePolicy(spec, spec.podFailurePolicy, path.child('podFailurePolicy'), errors);
  if (spec.successPolicy !== undefined)
    validateSuccessPolicy(spec, spec.successPolicy, path.child('successPolicy'), errors);
  validateReplacementPolicy(spec, path.child('podReplacementPolicy'), errors);
  validateTemplate(spec, path, errors);
}

function validateManagedBy(managedBy: string | undefined, path: Path, errors: FieldErrors): void {
  if (managedBy === undefined) return;
  const parts = managedBy.split('/');
  if (parts.length !== 2 || parts.includes(''))
    errors.invalid(path, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")');
  else errors.invalidEach(path, managedBy, qualifiedNameErrors(managedBy));
  if (managedBy.length > MAX_MANAGED_BY) errors.tooLong(path, MAX_MANAGED_BY);
}

function validateCompletionMode(spec: JobSpec, path: Path, errors: FieldErrors): void {
  const { completionMode } = spec;
  if (completionMode === undefined) return;
  if (completionMode === 'Indexed') validateIndexed(spec, path, errors);
  else if (completionMode !== 'NonIndexed')
    errors.notSupported(path.child('completionMode'), completionMode, ['NonIndexed', 'Indexed']);
  else {
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[field] !== undefined) errors.invalid(path.child(field), spec[field], 'requires indexed completion mode');
    }
  }
}

function validateIndexed(spec: JobSpec, path: Path, errors: FieldErrors): void {
  const { completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex } = spec;
  const atMost = (field: 'parallelism' | 'maxFailedIndexes', max: number, detail: string) => {
    if ((spec[field] ?? 0) > max) errors.invalid(path.child(field), spec[field], detail);
  };
  if (completions === undefined) errors.required(path.child('completions'), 'when completion mode is Indexed');
  if (parallelism > 0) {
    const detail = `must be less than or equal to ${MAX_INDEXED_PARALLELISM} when completion mode is Indexed`;
    atMost('parallelism', MAX_INDEXED_PARALLELISM, detail);
  }
  if (maxFailedIndexes !== undefined) {
    atMost('maxFailedIndexes', MAX_FAILED_INDEXES, `must be less than or equal to ${MAX_FAILED_INDEXES}`);
    if (completions !== undefined && maxFailedIndexes > completions)
      errors.invalid(path.child('maxFailedIndexes'), maxFailedIndexes, 'must be less than or equal to completions');
  }
  if (backoffLimitPerIndex === undefined || (completions ?? 0) <= MANY_COMPLETIONS) return;
  const when = `when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  const limit = `must be less than or equal to ${LOWER_LIMIT} ${when}`;
  if (maxFailedIndexes === undefined)
    errors.required(path.child('maxFailedIndexes'), `must be specified when completions is above ${MANY_COMPLETIONS}`);
  atMost('parallelism', LOWER_LIMIT, limit);
  atMost('maxFailedIndexes', LOWER_LIMIT, limit);
}

function validateReplacementPolicy(spec: JobSpec, path: Path, errors: FieldErrors): void {
  const { podReplacementPolicy: policy, podFailurePolicy } = spec;
  if (policy === undefined) return;
  const supported = podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed'];
  if (!supported.includes(policy)) errors.notSupported(path, policy, supported);
}

function validateTemplate(spec: JobSpec, path: Path, errors: FieldErrors): void {
  const at = path.child('template');
  if (spec.template === undefined) {
    errors.required(at);
    return;
  }
  validatePodTemplate(spec.template, at, errors);
  const restartPolicy = spec.template.spec?.restartPolicy ?? '';
  const policyPath = at.child('spec').child('restartPolicy');
  // The default of pods is what a Job cannot have: whoever writes a Job must say which of the others is meant.
  if (restartPolicy === 'Always' || restartPolicy === '')
    errors.required(policyPath, 'valid values: "OnFailure", "Never"');
  else if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never')
    errors.notSupported(policyPath, restartPolicy, ['OnFailure', 'Never']);
  else if (spec.podFailurePolicy !== undefined && restartPolicy !== 'Never')
    errors.invalid(policyPath, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified');
}
