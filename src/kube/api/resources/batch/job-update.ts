import { type FieldErrors, type Path, SPEC, semanticEqual, validateImmutable } from '../../values/mod.ts';
import type { PodTemplateSpec } from '../core/pod-spec/mod.ts';
import type { Job, JobSpec } from './job-types.ts';

const IMMUTABLE = [
  'selector',
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const;

/** Complaints about a change of a Job: its pods stay what they are, but for where and with what they run while it rests. */
export function validateJobChange(job: Job, old: Job, errors: FieldErrors): void {
  const { spec } = job;
  validateCompletions(spec, old.spec, errors);
  for (const field of IMMUTABLE) validateImmutable(spec[field], old.spec[field], SPEC.child(field), errors);
  validateTemplate(spec.template, old.spec.template, isAtRest(old), SPEC.child('template'), errors);
}

/** It is suspended, and no pod runs by the old template. */
function isAtRest({ spec, status }: Job): boolean {
  if (spec.suspend !== true || (status?.active ?? 0) > 0) return false;
  if (status?.startTime === undefined) return true;
  return status.conditions?.some(({ type, status: is }) => type === 'Suspended' && is === 'True') === true;
}

/** The size of an indexed Job may change, together with its parallelism. */
function validateCompletions(spec: JobSpec, old: JobSpec, errors: FieldErrors): void {
  const path = SPEC.child('completions');
  if (spec.completions === old.completions) return;
  if (spec.completionMode !== 'Indexed') validateImmutable(spec.completions, old.completions, path, errors);
  else if (spec.completions !== undefined && spec.completions !== spec.parallelism)
    errors.invalid(path, spec.completions, 'can only be modified in tandem with spec.parallelism');
}

function validateTemplate(
  template: PodTemplateSpec | undefined,
  old: PodTemplateSpec | undefined,
  mayMove: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  if (semanticEqual(template, old)) return;
  if (mayMove && semanticEqual(withoutScheduling(template), withoutScheduling(old))) return;
  errors.invalid(path, template, 'field is immutable');
}

/** What queueing controllers change before they let a Job start. */
function withoutScheduling(template: PodTemplateSpec | undefined): object {
  const { labels: _labels, annotations: _annotations, ...metadata } = template?.metadata ?? {};
  const { nodeSelector: _n, tolerations: _t, schedulingGates: _g, affinity = {}, ...spec } = template?.spec ?? {};
  const { nodeAffinity: _a, ...otherAffinity } = affinity;
  const containers = (spec.containers ?? []).map(withoutAmounts);
  const initContainers = (spec.initContainers ?? []).map(withoutAmounts);
  return { metadata, spec: { ...spec, affinity: otherAffinity, containers, initContainers } };
}

function withoutAmounts<T extends { resources?: unknown }>(container: T): object {
  const { resources: _resources, ...rest } = container;
  return rest;
}
