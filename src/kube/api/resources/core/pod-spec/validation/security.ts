import { type FieldErrors, type Path, unixIdErrors } from '../../../../values/mod.ts';
import type { ConfinementProfile, PodSecurityContext, PodSpec, SecurityContext } from '../types.ts';
import { validateLocalPath } from './paths.ts';
import { validateOptional } from './supported.ts';
import { validateWindowsOptions } from './windows.ts';

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const MAX_PROFILE_PATH = 4095;
const MAX_SYSCTL = 253;
const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
const isSysctl = new RegExp(SYSCTL);

/** Complaints about a container's security context. */
export function validateSecurityContext(
  context: SecurityContext,
  hasHostUsers: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  validateIds(context, path, errors);
  validateOptional(context.procMount, ['Default', 'Unmasked'], path.child('procMount'), errors);
  if (hasHostUsers && context.procMount === 'Unmasked')
    errors.invalid(path.child('procMount'), context.procMount, '`hostUsers` must be false to use `Unmasked`');
  validateProfiles(context, path, errors);
  if (context.allowPrivilegeEscalation !== false) return;
  const cannot = 'cannot set `allowPrivilegeEscalation` to false and';
  if (context.privileged === true) errors.invalid(path, context, `${cannot} \`privileged\` to true`);
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN') === true)
    errors.invalid(path, context, `${cannot} \`capabilities.Add\` CAP_SYS_ADMIN`);
}

function validateIds(context: SecurityContext | PodSecurityContext, path: Path, errors: FieldErrors): void {
  const { runAsUser, runAsGroup } = context;
  if (runAsUser !== undefined) errors.invalidEach(path.child('runAsUser'), runAsUser, unixIdErrors(runAsUser));
  if (runAsGroup !== undefined) errors.invalidEach(path.child('runAsGroup'), runAsGroup, unixIdErrors(runAsGroup));
}

function validateProfiles(context: SecurityContext | PodSecurityContext, path: Path, errors: FieldErrors): void {
  const { seccompProfile, windowsOptions, appArmorProfile } = context;
  if (seccompProfile !== undefined) validateSeccomp(seccompProfile, path.child('seccompProfile'), errors);
  if (windowsOptions !== undefined) validateWindowsOptions(windowsOptions, path.child('windowsOptions'), errors);
  if (appArmorProfile !== undefined) validateAppArmor(appArmorProfile, path.child('appArmorProfile'), errors);
}

function validateSeccomp(profile: ConfinementProfile, path: Path, errors: FieldErrors): void {
  const { type = '', localhostProfile } = profile;
  if (type === '') errors.required(path.child('type'), 'type is required when seccompProfile is set');
  else if (!PROFILE_TYPES.includes(type)) errors.notSupported(path.child('type'), type, PROFILE_TYPES);
  const at = path.child('localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.required(at, 'must be set when seccomp type is Localhost');
    else validateLocalPath(localhostProfile, at, errors);
  } else if (localhostProfile !== undefined)
    errors.invalid(at, profile, 'can only be set when seccomp type is Localhost');
}

/** Complaints about an AppArmor profile. */
export function validateAppArmor(
  { type = '', localhostProfile }: ConfinementProfile,
  path: Path,
  errors: FieldErrors,
): void {
  const at = path.child('localhostProfile');
  if (type === '') errors.required(path.child('type'), 'type is required when appArmorProfile is set');
  else if (!PROFILE_TYPES.includes(type)) errors.notSupported(path.child('type'), type, PROFILE_TYPES);
  else if (type !== 'Localhost') {
    if (localhostProfile !== undefined)
      errors.invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost');
  } else if (localhostProfile === undefined || localhostProfile === '')
    errors.required(at, 'must be set when AppArmor type is Localhost');
  else {
    if (localhostProfile.trim() !== localhostProfile)
      errors.invalid(at, localhostProfile, 'must not be padded with whitespace');
    if (localhostProfile.length > MAX_PROFILE_PATH) errors.tooLong(at, MAX_PROFILE_PATH);
  }
}

/** Complaints about a pod's security context. */
export function validatePodSecurityContext(
  context: PodSecurityContext,
  spec: PodSpec,
  path: Path,
  errors: FieldErrors,
): void {
  const { fsGroup, supplementalGroups = [], sysctls = [] } = context;
  if (fsGroup !== undefined) errors.invalidEach(path.child('fsGroup'), fsGroup, unixIdErrors(fsGroup));
  validateIds(context, path, errors);
  supplementalGroups.forEach((group, i) => {
    errors.invalidEach(path.child('supplementalGroups').index(i), group, unixIdErrors(group));
  });
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.invalid(path.child('shareProcessNamespace'), true, detail);
  }
  if (sysctls.length > 0) validateSysctls(sysctls, spec, path.child('sysctls'), errors);
  const { fsGroupChangePolicy, supplementalGroupsPolicy, seLinuxChangePolicy } = context;
  validateOptional(fsGroupChangePolicy, ['Always', 'OnRootMismatch'], path.child('fsGroupChangePolicy'), errors);
  validateProfiles(context, path, errors);
  validateOptional(supplementalGroupsPolicy, ['Merge', 'Strict'], path.child('supplementalGroupsPolicy'), errors);
  validateOptional(seLinuxChangePolicy, ['MountOption', 'Recursive'], path.child('seLinuxChangePolicy'), errors);
}

function validateSysctls(
  sysctls: NonNullable<PodSecurityContext['sysctls']>,
  spec: PodSpec,
  path: Path,
  errors: FieldErrors,
): void {
  const names = new Set<string>();
  sysctls.forEach(({ name = '' }, i) => {
    const at = path.index(i).child('name');
    if (name === '') errors.required(at);
    else if (name.length > MAX_SYSCTL || !isSysctl.test(name))
      errors.invalid(at, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL}`);
    else if (names.has(name)) errors.duplicate(at, name);
    names.add(name);
    const dotted = name.replaceAll('/', '.');
    if (spec.hostNetwork === true && dotted.startsWith('net.'))
      errors.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    if (spec.hostIPC === true && /^(kernel\.shm|kernel\.msg|kernel\.sem$|fs\.mqueue\.)/.test(dotted))
      errors.invalid(at, name, "may not be specified when 'hostIPC' is true");
  });
}
