import type { Container, HostConfig } from '#engine';

const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];
const SHM_BYTES = 64 * 1024 * 1024;

/** What docker's daemon writes where the client said nothing. Null where Go has a nil slice, `[]` where it has not. */
const DEFAULTS = {
  Binds: null,
  ContainerIDFile: '',
  NetworkMode: 'bridge',
  PortBindings: {},
  AutoRemove: false,
  VolumeDriver: '',
  VolumesFrom: null,
  ConsoleSize: [0, 0],
  CapAdd: null,
  CapDrop: null,
  CgroupnsMode: 'private',
  Dns: [],
  DnsOptions: [],
  DnsSearch: [],
  ExtraHosts: null,
  GroupAdd: null,
  IpcMode: 'private',
  Cgroup: '',
  Links: null,
  OomScoreAdj: 0,
  PidMode: '',
  Privileged: false,
  PublishAllPorts: false,
  ReadonlyRootfs: false,
  SecurityOpt: null,
  UTSMode: '',
  UsernsMode: '',
  ShmSize: SHM_BYTES,
  Isolation: '',
  CpuShares: 0,
  Memory: 0,
  NanoCpus: 0,
  CgroupParent: '',
  BlkioWeight: 0,
  BlkioWeightDevice: [],
  BlkioDeviceReadBps: [],
  BlkioDeviceWriteBps: [],
  BlkioDeviceReadIOps: [],
  BlkioDeviceWriteIOps: [],
  CpuPeriod: 0,
  CpuQuota: 0,
  CpuRealtimePeriod: 0,
  CpuRealtimeRuntime: 0,
  CpusetCpus: '',
  CpusetMems: '',
  Devices: [],
  DeviceCgroupRules: null,
  DeviceRequests: null,
  MemoryReservation: 0,
  MemorySwap: 0,
  MemorySwappiness: null,
  OomKillDisable: null,
  PidsLimit: null,
  Ulimits: [],
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumIOps: 0,
  IOMaximumBandwidth: 0,
};

/** `HostConfig` of `inspect`: what the client gave, with docker's defaults for the rest. */
export function presentHostConfig(container: Container) {
  const given = container.hostConfig;
  return {
    ...DEFAULTS,
    ...given,
    LogConfig: { Type: given.LogConfig?.Type || 'json-file', Config: given.LogConfig?.Config ?? {} },
    NetworkMode: given.NetworkMode || DEFAULTS.NetworkMode,
    CgroupnsMode: given.CgroupnsMode || (given.Privileged ? 'host' : DEFAULTS.CgroupnsMode),
    IpcMode: given.IpcMode || DEFAULTS.IpcMode,
    ShmSize: given.ShmSize || SHM_BYTES,
    RestartPolicy: {
      Name: given.RestartPolicy?.Name || 'no',
      MaximumRetryCount: given.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    Runtime: container.runtime,
    ...presentPaths(given),
  };
}

function presentPaths(given: HostConfig) {
  if (given.Privileged) return { MaskedPaths: null, ReadonlyPaths: null };
  return { MaskedPaths: given.MaskedPaths ?? MASKED_PATHS, ReadonlyPaths: given.ReadonlyPaths ?? READONLY_PATHS };
}
