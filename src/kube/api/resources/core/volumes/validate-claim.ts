import type { KubeObject } from '../../../object.ts';
import {
  type FieldErrors,
  METADATA,
  Path,
  parseQuantity,
  qualifiedNameErrors,
  type ResourceList,
  SPEC,
  STATUS,
  semanticEqual,
  validateImmutable,
  validateNonnegativeQuantity,
} from '../../../values/mod.ts';
import { type PersistentVolumeClaimSpec, validateClaimSpec } from '../pod-spec/mod.ts';
import { isNativeResource } from '../resource-names.ts';

/** `PersistentVolumeClaim`. */
export interface PersistentVolumeClaim extends KubeObject {
  spec: PersistentVolumeClaimSpec;
  status?: {
    phase?: string;
    accessModes?: string[];
    capacity?: ResourceList;
    allocatedResources?: ResourceList;
    allocatedResourceStatuses?: Record<string, string>;
  };
}

const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';
const STORAGE = SPEC.child('resources').child('requests').child('storage');
const ATTRIBUTES_CLASS = SPEC.child('volumeAttributesClassName');
const RESIZE_STATES = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

/** Complaints about a claim. */
export function validateClaim(claim: PersistentVolumeClaim, errors: FieldErrors): void {
  validateClaimSpec(claim.spec, SPEC, errors);
}

/** Complaints about a change: a claim stays what it was, but for its volume (once), its size and its attributes. */
export function validateClaimUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  errors: FieldErrors,
): void {
  validateClaim(claim, errors);
  validateOldClass(claim, old, errors);
  if (!semanticEqual(comparableSpec(claim, old), comparableSpec(old, old))) {
    const but = 'except resources.requests and volumeAttributesClassName for bound claims';
    errors.forbidden(SPEC, `spec is immutable after creation ${but}`);
  }
  validateSize(claim, old, errors);
  validateImmutable(claim.spec.volumeMode, old.spec.volumeMode, new Path('volumeMode'), errors);
  validateAttributesClass(claim.spec.volumeAttributesClassName, old.spec.volumeAttributesClassName, errors);
}

function validateOldClass(claim: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: FieldErrors): void {
  const [now, before] = [claim.metadata.annotations?.[OLD_CLASS], old.metadata.annotations?.[OLD_CLASS]];
  const movesToField = before !== undefined && claim.spec.storageClassName === before && now === undefined;
  if (!movesToField) validateImmutable(now, before, METADATA.child('annotations').child(OLD_CLASS), errors);
}

/** The spec with those fields of the old one that may change. */
function comparableSpec(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const spec = { ...claim.spec };
  const isBound = claim.status?.phase === 'Bound';
  if ((old.spec.volumeName ?? '') === '') delete spec.volumeName;
  if (old.spec.storageClassName === undefined) {
    const before = old.metadata.annotations?.[OLD_CLASS];
    if (before === undefined || spec.storageClassName === before) delete spec.storageClassName;
  }
  if (!isBound) return spec;
  delete spec.volumeAttributesClassName;
  return { ...spec, resources: { ...spec.resources, requests: { ...spec.resources?.requests, storage: '' } } };
}

function amountOf(list: ResourceList | undefined): bigint {
  return parseQuantity(list?.storage ?? '0')?.nanos ?? 0n;
}

/** A request may shrink while the volume has not grown so far: that undoes a growth that failed. */
function validateSize(claim: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: FieldErrors): void {
  const size = amountOf(claim.spec.resources?.requests);
  if (size < amountOf(old.spec.resources?.requests) && size <= amountOf(old.status?.capacity))
    errors.forbidden(STORAGE, 'field can not be less than status.capacity');
}

function validateAttributesClass(now: string | undefined, before: string | undefined, errors: FieldErrors): void {
  if (before === undefined || now === before) return;
  if (now === undefined) errors.forbidden(ATTRIBUTES_CLASS, 'update from non-nil value to nil is forbidden');
  else if (now === '') errors.forbidden(ATTRIBUTES_CLASS, 'update from non-nil value to an empty string is forbidden');
}

/** Complaints about the status that controllers write. */
export function validateClaimStatus({ status = {} }: PersistentVolumeClaim, errors: FieldErrors): void {
  for (const name of Object.keys(status.capacity ?? {}))
    validateNonnegativeQuantity(status.capacity?.[name] ?? '', STATUS.child('capacity').key(name), errors);
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    const path = STATUS.child('allocatedResourceStatus');
    validateKey(name, path, errors);
    if (!RESIZE_STATES.includes(state)) errors.notSupported(path, name, RESIZE_STATES);
  }
  for (const name of Object.keys(status.allocatedResources ?? {})) {
    const path = STATUS.child('allocatedResources');
    validateKey(name, path, errors);
    validateNonnegativeQuantity(status.allocatedResources?.[name] ?? '', path.key(name), errors);
  }
}

function validateKey(name: string, path: Path, errors: FieldErrors): void {
  const problems = qualifiedNameErrors(name);
  errors.invalidEach(path, name, problems);
  if (problems.length === 0 && isNativeResource(name) && name !== 'storage')
    errors.notSupported(path, name, ['storage']);
}
