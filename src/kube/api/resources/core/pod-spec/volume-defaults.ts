import { canonicalizeResourceList, canonicalQuantity } from '../../../values/mod.ts';
import { defaultPullPolicy } from './image.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from './types.ts';
import type {
  DownwardApiFile,
  PersistentVolumeClaimSpec,
  SharedVolumeSources,
  Volume,
  VolumeProjection,
} from './volume-types.ts';

/** `rw-r--r--`. */
const DEFAULT_FILE_MODE = 0o644;
const TOKEN_LIFETIME_SECONDS = 3600;

/** The defaults of one volume of a pod. A volume without a source is an emptyDir. */
export function setVolumeDefaults(volume: Volume): void {
  const { secret, configMap, downwardAPI, projected, emptyDir, image, ephemeral } = volume;
  if (secret !== undefined) secret.defaultMode ??= DEFAULT_FILE_MODE;
  else if (configMap !== undefined) configMap.defaultMode ??= DEFAULT_FILE_MODE;
  else if (downwardAPI !== undefined) {
    downwardAPI.defaultMode ??= DEFAULT_FILE_MODE;
    for (const file of downwardAPI.items ?? []) setFileDefaults(file);
  } else if (projected !== undefined) {
    projected.defaultMode ??= DEFAULT_FILE_MODE;
    for (const source of projected.sources ?? []) setProjectionDefaults(source);
  } else if (emptyDir !== undefined) {
    if (emptyDir.sizeLimit !== undefined) emptyDir.sizeLimit = canonicalQuantity(emptyDir.sizeLimit);
  } else if (image !== undefined) image.pullPolicy ||= defaultPullPolicy(image.reference ?? '');
  else if (ephemeral !== undefined) setClaimSpecDefaults(ephemeral.volumeClaimTemplate?.spec);
  else if (!setSourceDefaults(volume) && hasNoSource(volume)) volume.emptyDir = {};
}

/** The defaults of the sources that persistent volumes have too. Is it one of these? */
export function setSourceDefaults(volume: SharedVolumeSources): boolean {
  const { hostPath, iscsi, rbd, azureDisk, scaleIO } = volume;
  if (hostPath !== undefined) hostPath.type ??= '';
  else if (iscsi !== undefined) iscsi.iscsiInterface ||= 'default';
  else if (rbd !== undefined) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  } else if (azureDisk !== undefined) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  } else if (scaleIO !== undefined) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  } else return false;
  return true;
}

function hasNoSource(volume: Volume): boolean {
  for (const field in volume) if (field !== 'name' && Object.hasOwn(volume, field)) return false;
  return true;
}

function setProjectionDefaults(source: VolumeProjection): void {
  if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= TOKEN_LIFETIME_SECONDS;
  for (const file of source.downwardAPI?.items ?? []) setFileDefaults(file);
}

function setFileDefaults(file: DownwardApiFile): void {
  setFieldRefDefaults(file.fieldRef);
  setResourceFieldDefaults(file.resourceFieldRef);
}

/** `apiVersion: v1`. */
export function setFieldRefDefaults(reference: ObjectFieldSelector | undefined): void {
  if (reference !== undefined) reference.apiVersion ||= 'v1';
}

/** A divisor is written in its canonical way, and always there. */
export function setResourceFieldDefaults(reference: ResourceFieldSelector | undefined): void {
  if (reference !== undefined) reference.divisor = canonicalQuantity(reference.divisor ?? '0');
}

/** The defaults of a claim, on its own or in a template. */
export function setClaimSpecDefaults(spec: PersistentVolumeClaimSpec | undefined): void {
  if (spec === undefined) return;
  spec.volumeMode ??= 'Filesystem';
  canonicalizeResourceList(spec.resources?.requests);
  canonicalizeResourceList(spec.resources?.limits);
}
