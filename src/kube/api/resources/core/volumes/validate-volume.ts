import { posix } from 'node:path';
import type { KubeObject } from '../../../object.ts';
import {
  dnsSubdomainErrors,
  type FieldErrors,
  Path,
  SPEC,
  semanticEqual,
  validateImmutable,
  validatePositiveQuantity,
} from '../../../values/mod.ts';
import { type PersistentVolumeSpec, validateNodeSelector, validatePersistentSources } from '../pod-spec/mod.ts';
import { validateAccessModes, validateVolumeMode } from './access-modes.ts';

/** `PersistentVolume`. */
export interface PersistentVolume extends KubeObject {
  spec: PersistentVolumeSpec;
  status?: { phase?: string; reason?: string; message?: string };
}

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
/** All of a spec that is no source. */
const NO_SOURCES = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

/** Complaints about a persistent volume. */
export function validatePersistentVolume({ spec, metadata }: PersistentVolume, errors: FieldErrors): void {
  const { accessModes = [], persistentVolumeReclaimPolicy: policy = '', storageClassName = '' } = spec;
  if (accessModes.length === 0) errors.required(SPEC.child('accessModes'));
  validateAccessModes(accessModes, SPEC.child('accessModes'), errors);
  validateCapacity(spec, errors);
  const policyPath = SPEC.child('persistentVolumeReclaimPolicy');
  if (policy !== '' && !RECLAIM_POLICIES.includes(policy)) errors.notSupported(policyPath, policy, RECLAIM_POLICIES);
  validateAffinity(spec, errors);
  validatePersistentSources(spec, metadata.name ?? '', SPEC, errors);
  if (spec.hostPath !== undefined && policy === 'Recycle' && posix.normalize(spec.hostPath.path ?? '') === '/')
    errors.forbidden(policyPath, "may not be 'recycle' for a hostPath mount of '/'");
  if (storageClassName !== '')
    errors.invalidEach(SPEC.child('storageClassName'), storageClassName, dnsSubdomainErrors(storageClassName));
  validateVolumeMode(spec.volumeMode, SPEC.child('volumeMode'), errors);
  validateAttributesClass(spec, errors);
}

function validateCapacity({ capacity = {} }: PersistentVolumeSpec, errors: FieldErrors): void {
  const path = SPEC.child('capacity');
  const names = Object.keys(capacity);
  if (names.length === 0) errors.required(path);
  if (names.length !== 1 || names[0] !== 'storage') errors.notSupported(path, capacity, ['storage']);
  for (const name of names) validatePositiveQuantity(capacity[name] ?? '', path.key(name), errors);
}

function validateAffinity({ nodeAffinity, local }: PersistentVolumeSpec, errors: FieldErrors): void {
  const path = SPEC.child('nodeAffinity');
  if (nodeAffinity === undefined) {
    if (local !== undefined) errors.required(path, 'Local volume requires node affinity');
  } else if (nodeAffinity.required === undefined)
    errors.required(path.child('required'), 'must specify required node constraints');
  else validateNodeSelector(nodeAffinity.required, path.child('required'), errors);
}

function validateAttributesClass(
  { volumeAttributesClassName: name, csi }: PersistentVolumeSpec,
  errors: FieldErrors,
): void {
  if (name === undefined) return;
  const path = SPEC.child('volumeAttributesClassName');
  if (name === '') errors.required(path, 'an empty string is disallowed');
  else errors.invalidEach(path, name, dnsSubdomainErrors(name));
  if (csi === undefined) errors.required(SPEC.child('csi'), 'has to be specified when using volumeAttributesClassName');
}

/** Complaints about a change: what a volume is made of stays. */
export function validatePersistentVolumeUpdate(
  volume: PersistentVolume,
  old: PersistentVolume,
  errors: FieldErrors,
): void {
  validatePersistentVolume(volume, errors);
  if (!semanticEqual(sourcesOf(volume.spec, old.spec), sourcesOf(old.spec))) {
    const path = SPEC.child('persistentvolumesource');
    errors.forbidden(path, 'spec.persistentvolumesource is immutable after creation');
  }
  validateImmutable(volume.spec.volumeMode, old.spec.volumeMode, new Path('volumeMode'), errors);
  if (old.spec.nodeAffinity !== undefined && !semanticEqual(volume.spec.nodeAffinity, old.spec.nodeAffinity)) {
    const detail = 'field is immutable, except for updating from beta label to GA';
    errors.invalid(new Path('nodeAffinity'), volume.spec.nodeAffinity, detail);
  }
  if (old.spec.volumeAttributesClassName !== undefined && volume.spec.volumeAttributesClassName === undefined)
    errors.forbidden(SPEC.child('volumeAttributesClassName'), 'update from non-nil value to nil is forbidden');
}

/** The sources in a spec. A secret for expansion may be added to one that had none. */
function sourcesOf(spec: PersistentVolumeSpec, old: PersistentVolumeSpec = spec): Record<string, unknown> {
  const sources = Object.fromEntries(Object.entries(spec).filter(([field]) => !NO_SOURCES.has(field)));
  if (spec.csi !== undefined && old.csi !== undefined && old.csi.controllerExpandSecretRef === undefined)
    sources.csi = { ...spec.csi, controllerExpandSecretRef: undefined };
  return sources;
}
