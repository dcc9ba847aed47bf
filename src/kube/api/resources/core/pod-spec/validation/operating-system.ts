import type { FieldErrors, Path } from '../../../../values/mod.ts';
import type { Container, PodSpec } from '../types.ts';

const POD_FIELDS_OF_LINUX = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const;
const CONTAINER_FIELDS_OF_LINUX = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

type Visit = (container: Container, path: Path) => void;

function visitContainers(spec: PodSpec, path: Path, visit: Visit): void {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const at = path.child(list);
    spec[list]?.forEach((container, i) => {
      visit(container, at.index(i));
    });
  }
}

/** Complaints about `os`, and about what the one it names doesn't know. */
export function validateOperatingSystem(spec: PodSpec, path: Path, errors: FieldErrors): void {
  if (spec.os === undefined) return;
  const { name = '' } = spec.os;
  if (name === '') errors.required(path.child('os').child('name'), 'cannot be empty');
  else if (name === 'linux') validateLinux(spec, path, errors);
  else if (name === 'windows') validateWindows(spec, path, errors);
  else errors.notSupported(path.child('os'), name, ['linux', 'windows']);
}

function validateLinux(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const detail = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions !== undefined)
    errors.forbidden(path.child('securityContext').child('windowsOptions'), detail);
  visitContainers(spec, path, ({ securityContext }, at) => {
    if (securityContext?.windowsOptions !== undefined)
      errors.forbidden(at.child('securityContext').child('windowsOptions'), detail);
  });
}

function validateWindows(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const detail = 'cannot be set for a windows pod';
  const context = path.child('securityContext');
  for (const field of POD_FIELDS_OF_LINUX)
    if (spec.securityContext?.[field] !== undefined) errors.forbidden(context.child(field), detail);
  for (const field of ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const) {
    if (
      spec[field] !== undefined &&
      (field === 'hostUsers' || spec[field] === true || field === 'shareProcessNamespace')
    )
      errors.forbidden(path.child(field), detail);
  }
  visitContainers(spec, path, ({ securityContext }, at) => {
    for (const field of CONTAINER_FIELDS_OF_LINUX)
      if (securityContext?.[field] !== undefined) errors.forbidden(at.child('securityContext').child(field), detail);
  });
}

/** Containers that are processes of a Windows host: all of a pod or none, on the host's network. */
export function validateHostProcess(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const own = spec.securityContext?.windowsOptions?.hostProcess;
  let count = 0;
  let hostProcesses = 0;
  visitContainers(spec, path, ({ securityContext }, at) => {
    count++;
    const ofContainer = securityContext?.windowsOptions?.hostProcess;
    if (own !== undefined && ofContainer !== undefined && own !== ofContainer) {
      const field = at.child('securityContext').child('windowsOptions').child('hostProcess');
      errors.invalid(field, ofContainer, `pod hostProcess value must be identical if both are specified, was ${own}`);
    }
    if (ofContainer ?? own) hostProcesses++;
  });
  if (hostProcesses === 0) return;
  if (hostProcesses !== count) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.invalid(path, '', detail);
  }
  if (spec.hostNetwork !== true)
    errors.invalid(
      path.child('hostNetwork'),
      false,
      'hostNetwork must be true if pod contains any hostProcess containers',
    );
}
