import type { CdiEdits, DeviceInput, SpecInput } from '#runtime';
import { isCdiDevice, resolveDevice } from '#runtime';
import { cgroupPathOf } from '#system';
import type { EngineContext } from '../context.ts';
import type { HostConfig } from '../spec.ts';
import type { Entry } from '../store/entry.ts';
import { processEnvironment } from './environment.ts';
import { mountInputs } from './mount-inputs.ts';
import { namespacesOf, runningPid } from './namespaces.ts';
import { resourcesOf } from './resources.ts';
import { securityOf } from './security.ts';
import type { ProcessUser } from './user.ts';

/** What `start` has made ready for the process. */
export interface Prepared {
  rootfs: string;
  netnsPath: string | undefined;
  user: ProcessUser;
  /** Where images of `--mount type=image` are mounted, by destination. */
  imageMounts: ReadonlyMap<string, string>;
  cdi: CdiEdits | undefined;
  initPath: string | undefined;
}

/** The runtime's view of a container that is about to start. */
export function specInputOf(context: EngineContext, entry: Entry, prepared: Prepared): SpecInput {
  const { id, config, hostConfig, mapping } = entry.record;
  const ids = mapping ? [{ containerID: 0, hostID: mapping.hostId, size: mapping.size }] : undefined;
  return {
    id,
    rootfs: { path: prepared.rootfs, readonly: hostConfig.ReadonlyRootfs === true },
    process: processOf(entry, prepared.user),
    ...(config.Hostname ? { hostname: config.Hostname } : {}),
    ...(config.Domainname ? { domainname: config.Domainname } : {}),
    security: securityOf(hostConfig),
    namespaces: namespacesOf(context, entry, prepared.netnsPath),
    ...(ids ? { idMappings: { uid: ids, gid: ids } } : {}),
    mounts: mountInputs(context, entry, prepared.imageMounts),
    ...sharedMemory(context, hostConfig),
    devices: devicesOf(hostConfig),
    deviceCgroupRules: hostConfig.DeviceCgroupRules ?? [],
    resources: resourcesOf(hostConfig),
    ulimits: ulimitsOf(hostConfig),
    sysctls: hostConfig.Sysctls ?? {},
    cgroupsPath: cgroupPathOf(hostConfig.CgroupParent || context.settings.cgroupParent, id),
    annotations: hostConfig.Annotations ?? {},
    ...(prepared.cdi ? { cdi: prepared.cdi } : {}),
    ...(prepared.initPath ? { initPath: prepared.initPath } : {}),
    host: context.settings.host,
    features: context.settings.featuresOf(entry.record.runtime),
  };
}

/** `--ulimit` in the words of the runtime. */
export function ulimitsOf(hostConfig: HostConfig): NonNullable<SpecInput['ulimits']> {
  return (hostConfig.Ulimits ?? []).map((limit) => ({ name: limit.Name, soft: limit.Soft, hard: limit.Hard }));
}

function processOf(entry: Entry, user: ProcessUser): SpecInput['process'] {
  const { config, hostConfig, path, args } = entry.record;
  const terminal = config.Tty === true;
  const size = hostConfig.ConsoleSize;
  return {
    args: [path, ...args],
    env: processEnvironment(config.Env ?? [], { hostname: config.Hostname ?? '', home: user.home, terminal }),
    cwd: config.WorkingDir || '/',
    user,
    terminal,
    ...(size?.[0] ? { consoleSize: { rows: size[0], columns: size[1] } } : {}),
    ...(hostConfig.OomScoreAdj ? { oomScoreAdj: hostConfig.OomScoreAdj } : {}),
  };
}

function devicesOf(hostConfig: HostConfig): DeviceInput[] {
  return (hostConfig.Devices ?? [])
    .filter((device) => !isCdiDevice(device.PathOnHost))
    .flatMap((device) =>
      resolveDevice(device.PathOnHost, device.PathInContainer || device.PathOnHost, device.CgroupPermissions || 'rwm'),
    );
}

/** `--ipc container:ID` shares /dev/shm along with the namespace, through the root of that container. */
function sharedMemory(context: EngineContext, hostConfig: HostConfig): Pick<SpecInput, 'shmPath' | 'shmSizeBytes'> {
  const mode = hostConfig.IpcMode ?? 'private';
  if (mode.startsWith('container:')) return { shmPath: `/proc/${runningPid(context, mode)}/root/dev/shm` };
  return hostConfig.ShmSize ? { shmSizeBytes: hostConfig.ShmSize } : {};
}
