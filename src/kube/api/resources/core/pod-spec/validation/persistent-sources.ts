import { dnsLabelErrors, dnsSubdomainErrors, type FieldErrors, type Path } from '../../../../values/mod.ts';
import type { PersistentCsiSource, PersistentVolumeSpec, SecretReference } from '../volume-types.ts';
import { validateDriverName } from './csi.ts';
import { validateNoBacksteps } from './paths.ts';
import { SHARED_SOURCES, validateSharedSource } from './shared-sources.ts';

const CSI_SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** Complaints about what a persistent volume is made of: exactly one source. */
export function validatePersistentSources(
  spec: PersistentVolumeSpec,
  name: string,
  path: Path,
  errors: FieldErrors,
): void {
  const found = [...SHARED_SOURCES, 'local' as const, 'csi' as const].filter((field) => spec[field] !== undefined);
  found.forEach((field, i) => {
    if (i > 0) errors.forbidden(path.child(field), 'may not specify more than 1 volume type');
    else if (field === 'local') validateLocal(spec.local?.path ?? '', path.child('local').child('path'), errors);
    else if (field === 'csi') validateCsi(spec.csi ?? {}, path.child('csi'), errors);
    else validateSharedSource(field, spec, path, errors);
  });
  if (found.length === 0) errors.required(path, 'must specify a volume type');
  const { iscsi } = spec;
  if (iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > 64) {
    const limit = 'must be under 64 characters if iscsi.initiatorName is specified.';
    const detail = `Total length of <volume name>:<iscsi.targetPortal> ${limit}`;
    errors.invalid(path.child('iscsi').child('targetportal'), iscsi.targetPortal, detail);
  }
}

function validateLocal(local: string, path: Path, errors: FieldErrors): void {
  if (local === '') errors.required(path);
  else validateNoBacksteps(local, path, errors);
}

function validateCsi(source: PersistentCsiSource, path: Path, errors: FieldErrors): void {
  validateDriverName(source.driver ?? '', path.child('driver'), errors);
  if ((source.volumeHandle ?? '') === '') errors.required(path.child('volumeHandle'));
  for (const field of CSI_SECRETS) {
    const reference = source[field];
    if (reference !== undefined) validateSecret(reference, path.child(field), errors);
  }
}

function validateSecret({ name = '', namespace = '' }: SecretReference, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path.child('name'));
  else errors.invalidEach(path.child('name'), name, dnsSubdomainErrors(name));
  if (namespace === '') errors.required(path.child('namespace'));
  else errors.invalidEach(path.child('namespace'), namespace, dnsLabelErrors(namespace));
}
