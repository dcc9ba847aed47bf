import type { CdiEdits } from '../cdi/edits.ts';
import { NO_CDI_EDITS } from '../cdi/edits.ts';
import type { OciHooks, OciLinux, OciProcess, OciSpec } from '../oci-spec.ts';
import { generateSeccomp } from '../seccomp/generate.ts';
import { generateDevices } from './devices.ts';
import type { SpecInput } from './input.ts';
import { generateMounts, rootfsPropagation } from './mounts.ts';
import { generateNamespaces, namespaceMode, sharesHost } from './namespaces.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS, thermalThrottlePaths } from './paths.ts';
import { generateProcess, mergeEnvironment } from './process.ts';
import { generateResources } from './resources.ts';
import { generateSysctls } from './sysctls.ts';

/** The version every runtime of the last years takes; nothing newer is used. */
const OCI_VERSION = '1.0.2';

function withCdi(process: OciProcess, cdi: CdiEdits): OciProcess {
  const gids = [...new Set([...(process.user.additionalGids ?? []), ...cdi.additionalGids])];
  return {
    ...process,
    env: mergeEnvironment(process.env ?? [], cdi.env),
    user: { ...process.user, additionalGids: gids },
  };
}

function generateInit(input: SpecInput): OciProcess {
  const process = withCdi(generateProcess(input), input.cdi ?? NO_CDI_EDITS);
  if (input.initPath === undefined) return process;
  return { ...process, args: ['/sbin/docker-init', '--', ...process.args] };
}

function generateHooks(input: SpecInput): OciHooks | undefined {
  const hooks: OciHooks = { ...input.hooks };
  for (const { hookName, ...hook } of input.cdi?.hooks ?? []) hooks[hookName] = [...(hooks[hookName] ?? []), hook];
  return Object.keys(hooks).length === 0 ? undefined : hooks;
}

function hiddenPaths(input: SpecInput): Pick<OciLinux, 'maskedPaths' | 'readonlyPaths'> {
  const { privileged, maskedPaths, readonlyPaths } = input.security;
  const masked = privileged ? [] : [...DEFAULT_MASKED_PATHS, ...thermalThrottlePaths(input.host.cpus)];
  const readonly = privileged ? [] : [...DEFAULT_READONLY_PATHS];
  return { maskedPaths: maskedPaths ?? masked, readonlyPaths: readonlyPaths ?? readonly };
}

function idMappings(input: SpecInput): Pick<OciLinux, 'uidMappings' | 'gidMappings'> {
  if (namespaceMode(input, 'user') !== 'private' || input.idMappings === undefined) return {};
  return { uidMappings: input.idMappings.uid, gidMappings: input.idMappings.gid };
}

function generateLinux(input: SpecInput, process: OciProcess): OciLinux {
  const { devices, rules } = generateDevices(input);
  const sysctl = generateSysctls(input);
  const seccomp = generateSeccomp(input.security, process.capabilities?.bounding ?? [], input.host);
  const propagation = rootfsPropagation(input);
  return {
    namespaces: generateNamespaces(input),
    ...idMappings(input),
    devices,
    cgroupsPath: input.cgroupsPath,
    resources: { devices: rules, ...generateResources(input.resources ?? {}, input.host) },
    ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(Object.keys(sysctl).length === 0 ? {} : { sysctl }),
    ...hiddenPaths(input),
    ...(input.security.mountLabel ? { mountLabel: input.security.mountLabel } : {}),
  };
}

/**
 * The OCI spec of a container. Pure: the same input gives the same spec; the machine is in `input.host`.
 * Throws `invalid` or `unsupported` for what cannot be, in words for the user.
 */
export function generateSpec(input: SpecInput): OciSpec {
  const process = generateInit(input);
  const hooks = generateHooks(input);
  const hostname = sharesHost(input, 'uts') ? undefined : input.hostname || input.id.slice(0, 12);
  return {
    ociVersion: OCI_VERSION,
    root: { path: input.rootfs.path, readonly: input.rootfs.readonly },
    process,
    ...(hostname === undefined ? {} : { hostname }),
    mounts: generateMounts(input),
    ...(hooks === undefined ? {} : { hooks }),
    annotations: input.annotations ?? {},
    linux: generateLinux(input, process),
  };
}
