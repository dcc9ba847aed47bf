import { type FieldErrors, METADATA, rangeMessage, SPEC, semanticEqual } from '../../../values/mod.ts';
import {
  type Container,
  type PodSpec,
  type Toleration,
  validatePodAnnotationsUpdate,
  validateTolerations,
} from '../pod-spec/mod.ts';
import type { Pod } from './types.ts';
import { mendGatedPlacement } from './validate-gated.ts';
import { validatePod } from './validate-pod.ts';

const MAX_INT32 = 2147483647;
const CHANGEABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** Complaints about a change of a pod on its main path: little of a pod may change. */
export function validatePodUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  validatePod(pod, errors);
  validatePodAnnotationsUpdate(
    pod.metadata.annotations,
    old.metadata.annotations,
    METADATA.child('annotations'),
    errors,
  );
  const { spec } = pod;
  if (!validateSameContainers(spec, old.spec, errors)) return;
  if (!validateDeadline(spec.activeDeadlineSeconds, old.spec.activeDeadlineSeconds, errors)) return;
  validateAddedTolerations(spec.tolerations ?? [], old.spec.tolerations ?? [], errors);
  validateRemovedGates(spec, old.spec, errors);
  if (semanticEqual(spec, old.spec)) return;
  const rest = withChangeableOf(spec, old.spec);
  if ((old.spec.schedulingGates?.length ?? 0) > 0) mendGatedPlacement(rest, old.spec, errors);
  if (semanticEqual(rest, old.spec)) return;
  const changed = changedFields(rest, old.spec);
  errors.forbidden(SPEC, `pod updates may not change fields other than ${CHANGEABLE}\n${changed}`);
}

function validateSameContainers(spec: PodSpec, old: PodSpec, errors: FieldErrors): boolean {
  for (const field of ['containers', 'initContainers'] as const) {
    if ((spec[field]?.length ?? 0) === (old[field]?.length ?? 0)) continue;
    errors.forbidden(SPEC.child(field), 'pod updates may not add or remove containers');
    return false;
  }
  return true;
}

/** A deadline may be set, and come nearer. */
function validateDeadline(seconds: number | undefined, old: number | undefined, errors: FieldErrors): boolean {
  const path = SPEC.child('activeDeadlineSeconds');
  if (seconds === undefined) {
    if (old !== undefined) errors.invalid(path, null, 'must not update from a positive integer to nil value');
    return true;
  }
  if (seconds < 0 || seconds > MAX_INT32) {
    errors.invalid(path, seconds, rangeMessage(0, MAX_INT32));
    return false;
  }
  if (old === undefined || seconds <= old) return true;
  errors.invalid(path, seconds, 'must be less than or equal to previous value');
  return false;
}

function validateAddedTolerations(now: readonly Toleration[], old: readonly Toleration[], errors: FieldErrors): void {
  const path = SPEC.child('tolerations');
  for (const before of old) {
    const isKept = now.some((toleration) =>
      semanticEqual({ ...toleration, tolerationSeconds: null }, { ...before, tolerationSeconds: null }),
    );
    if (isKept) continue;
    errors.forbidden(path, 'existing toleration can not be modified except its tolerationSeconds');
    return;
  }
  validateTolerations(now, path, errors);
}

function validateRemovedGates(spec: PodSpec, old: PodSpec, errors: FieldErrors): void {
  spec.schedulingGates?.forEach(({ name }, i) => {
    if (old.schedulingGates?.some((gate) => gate.name === name) === true) return;
    const detail = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.forbidden(SPEC.child('schedulingGates').index(i).child('name'), detail);
  });
}

/** The new spec with the old values of all that may change: what differs then, must not. */
function withChangeableOf(spec: PodSpec, old: PodSpec): PodSpec {
  const rest: PodSpec = { ...spec };
  if (spec.containers !== undefined) rest.containers = withImagesOf(spec.containers, old.containers ?? []);
  if (spec.initContainers !== undefined)
    rest.initContainers = withImagesOf(spec.initContainers, old.initContainers ?? []);
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations'] as const) take(rest, old, field);
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1)
    take(rest, old, 'terminationGracePeriodSeconds');
  return rest;
}

function take<F extends keyof PodSpec>(spec: PodSpec, old: PodSpec, field: F): void {
  if (old[field] === undefined) delete spec[field];
  else spec[field] = old[field];
}

function withImagesOf(containers: readonly Container[], old: readonly Container[]): Container[] {
  return containers.map((container, i) => ({ ...container, image: old[i]?.image ?? '' }));
}

/** Which fields differ, with both values, in a few lines. */
function changedFields(spec: PodSpec, old: PodSpec): string {
  const fields = new Set([...Object.keys(spec), ...Object.keys(old)] as (keyof PodSpec)[]);
  const lines = [...fields]
    .filter((field) => !semanticEqual(spec[field], old[field]))
    .map((field) => `- ${field}: ${show(old[field])}\n+ ${field}: ${show(spec[field])}`);
  return `${lines.join('\n')}\n`;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= 512 ? text : `${text.slice(0, 512)}…`;
}
