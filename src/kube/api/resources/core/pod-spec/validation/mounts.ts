import type { FieldErrors, Path } from '../../../../values/mod.ts';
import type { Container, VolumeMount } from '../types.ts';
import type { Volume } from '../volume-types.ts';
import { hasBacksteps, validateLocalPath } from './paths.ts';
import { validateOptional } from './supported.ts';

type Volumes = ReadonlyMap<string, Volume>;

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE_READ_ONLY = ['Disabled', 'Enabled', 'IfPossible'];

/** Complaints about where a container mounts volumes. */
export function validateMounts(container: Container, volumes: Volumes, path: Path, errors: FieldErrors): void {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const seen = new Set<string>();
  for (let i = 0; i < volumeMounts.length; i++) {
    const mount = volumeMounts[i];
    if (mount === undefined) continue;
    const { name = '', mountPath = '' } = mount;
    const at = path.index(i);
    if (name === '') errors.required(at.child('name'));
    const volume = volumes.get(name);
    if (volume === undefined) errors.notFound(at.child('name'), name);
    if (mountPath === '') errors.required(at.child('mountPath'));
    if (seen.has(mountPath)) errors.invalid(at.child('mountPath'), mountPath, 'must be unique');
    seen.add(mountPath);
    if (volumeDevices.some((device) => device.name === name))
      errors.invalid(at.child('name'), name, 'must not already exist in volumeDevices');
    if (volumeDevices.some((device) => device.devicePath === mountPath))
      errors.invalid(at.child('mountPath'), mountPath, 'must not already exist as a path in volumeDevices');
    // The messages have always named the list, not the mount, from here on.
    validateSubPaths(mount, volume, at, path, errors);
    validatePropagation(mount, container, path, errors);
  }
}

function validateSubPaths(
  { subPath = '', subPathExpr = '' }: VolumeMount,
  volume: Volume | undefined,
  at: Path,
  path: Path,
  errors: FieldErrors,
): void {
  if (volume?.image !== undefined) {
    const detail = 'not allowed in image volume sources';
    if (subPathExpr !== '') errors.invalid(at.child('subPathExpr'), subPathExpr, detail);
  }
  if (subPath !== '') validateLocalPath(subPath, path.child('subPath'), errors);
  if (subPathExpr === '') return;
  if (subPath !== '')
    errors.invalid(at.child('subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive');
  validateLocalPath(subPathExpr, path.child('subPathExpr'), errors);
}

function validatePropagation(mount: VolumeMount, container: Container, path: Path, errors: FieldErrors): void {
  const { mountPropagation, recursiveReadOnly, readOnly } = mount;
  if (mountPropagation !== undefined) {
    const at = path.child('mountPropagation');
    validateOptional(mountPropagation, PROPAGATIONS, at, errors);
    if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true)
      errors.forbidden(at, 'Bidirectional mount propagation is available only to privileged containers');
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return;
  const at = path.child('recursiveReadOnly');
  if (!RECURSIVE_READ_ONLY.includes(recursiveReadOnly)) {
    errors.notSupported(at, recursiveReadOnly, RECURSIVE_READ_ONLY);
    return;
  }
  if (readOnly !== true) errors.forbidden(at, 'may only be specified when readOnly is true');
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.forbidden(at, 'may only be specified when mountPropagation is None or not specified');
}

/** Complaints about volumes that a container gets as block devices. */
export function validateDevices(container: Container, volumes: Volumes, path: Path, errors: FieldErrors): void {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const names = new Set<string>();
  const paths = new Set<string>();
  volumeDevices.forEach(({ name = '', devicePath = '' }, i) => {
    const at = path.index(i);
    const nameAt = at.child('name');
    const pathAt = at.child('devicePath');
    const volume = volumes.get(name);
    if (name === '') errors.required(nameAt);
    if (names.has(name)) errors.invalid(nameAt, name, 'must be unique');
    if (volume === undefined) errors.notFound(nameAt, name);
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.invalid(nameAt, name, detail);
    }
    if (devicePath === '') errors.required(pathAt);
    if (paths.has(devicePath)) errors.invalid(pathAt, devicePath, 'must be unique');
    if (hasBacksteps(devicePath)) errors.invalid(pathAt, devicePath, "can not contain backsteps ('..')");
    else paths.add(devicePath);
    if (volumeMounts.some((mount) => mount.name === name))
      errors.invalid(nameAt, name, 'must not already exist in volumeMounts');
    if (volumeMounts.some((mount) => mount.mountPath === devicePath))
      errors.invalid(pathAt, devicePath, 'must not already exist as a path in volumeMounts');
    if (name !== '') names.add(name);
  });
}
