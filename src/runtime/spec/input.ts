/**
 * What `generateSpec` is told: plain data in nobody's dialect (not Docker's, not CRI's). Units come last in names.
 * Everything that depends on the machine is in `HostFacts` and `RuntimeFeatures`, so that generation stays pure.
 */
import type { CdiEdits } from '../cdi/edits.ts';
import type { OciHooks, OciIdMapping } from '../oci-spec.ts';

export interface SpecInput {
  /** The container's id; the default host name is its first 12 digits. */
  id: string;
  rootfs: { path: string; readonly: boolean };
  process: ProcessInput;
  /** Empty: the first 12 digits of the id. Ignored where the UTS namespace is not our own. */
  hostname?: string;
  domainname?: string;
  security: SecurityInput;
  /** Kinds that are not named are private. */
  namespaces: NamespacesInput;
  /** For a private user namespace: both lists must be filled. */
  idMappings?: { uid: OciIdMapping[]; gid: OciIdMapping[] };
  /** Binds, volumes and tmpfs mounts in any order. A destination that is also a default mount replaces it. */
  mounts: MountInput[];
  /** Size of /dev/shm; default 64 MiB. Ignored where `shmPath` is given or IPC is the host's. */
  shmSizeBytes?: number;
  /** Host folder that is bound on /dev/shm: shared memory that a container offers to others (`--ipc container:ID`). */
  shmPath?: string;
  /** `--device`, resolved with `resolveDevice`. Privileged containers get all of `host.devices` besides. */
  devices?: DeviceInput[];
  /** Docker's words: `c 1:3 rwm`, `a *:* rwm`. */
  deviceCgroupRules?: string[];
  resources?: ResourcesInput;
  ulimits?: UlimitInput[];
  /** Only namespaced ones are allowed, and only where their namespace is the container's own. */
  sysctls?: Record<string, string>;
  /** Path below the hierarchy's root, `/hako/<id>`; see `cgroupPathOf`. */
  cgroupsPath: string;
  annotations?: Record<string, string>;
  hooks?: OciHooks;
  /** From `CdiRegistry.resolve`. */
  cdi?: CdiEdits;
  /** An init program of the host: bound at /sbin/docker-init and put in front of the arguments. */
  initPath?: string;
  host: HostFacts;
  features: RuntimeFeatures;
}

export interface ProcessInput {
  args: string[];
  /** `NAME=value`; a later one of the same name wins. PATH, HOSTNAME, HOME and TERM are the caller's business. */
  env: string[];
  cwd: string;
  user: { uid: number; gid: number; additionalGids: number[] };
  terminal: boolean;
  consoleSize?: { rows: number; columns: number };
  oomScoreAdj?: number;
}

export interface SecurityInput {
  privileged: boolean;
  /** With or without `CAP_`, any case, `ALL`. */
  capAdd: string[];
  capDrop: string[];
  noNewPrivileges: boolean;
  /** `profile` is JSON text in Docker's or OCI's format. Privileged containers are unconfined unless a profile is given. */
  seccomp: 'default' | 'unconfined' | { profile: string };
  apparmorProfile?: string;
  selinuxLabel?: string;
  mountLabel?: string;
  /** Undefined: the defaults (none where privileged). */
  maskedPaths?: string[];
  readonlyPaths?: string[];
}

export type NamespaceKind = 'pid' | 'network' | 'ipc' | 'uts' | 'cgroup' | 'user';
/** `host`: share the host's; `private`: a new one; a path: join that one. */
export type NamespaceInput = 'private' | 'host' | { path: string };
/** The user namespace is the host's unless named. */
export type NamespacesInput = Partial<Record<NamespaceKind, NamespaceInput>>;

export type Propagation = 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';

export type MountInput = BindMountInput | TmpfsMountInput;

export interface BindMountInput {
  type: 'bind';
  /** Host path; it must exist. */
  source: string;
  destination: string;
  readonly: boolean;
  /** Whether mounts below the source turn read-only too. Default: where kernel and runtime can. */
  readonlyRecursion?: 'if-possible' | 'never' | 'force';
  /** Leave out the mounts below the source. */
  nonRecursive?: boolean;
  /** Default `rprivate`. */
  propagation?: Propagation;
  /** SELinux and other options that are passed through as they are. */
  options?: string[];
}

export interface TmpfsMountInput {
  type: 'tmpfs';
  destination: string;
  /** Words of mount(8) and tmpfs(5): `size=64m`, `mode=1770`, `exec`; they override nosuid, nodev, noexec. */
  options?: string[];
}

export interface DeviceInput {
  type: 'c' | 'b' | 'p';
  /** Path in the container. */
  path: string;
  major: number;
  minor: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
  /** Some of `rwm`. */
  permissions: string;
}

/** Limits. 0 and undefined mean "not set", -1 "unlimited". Reused by `update` through `generateResources`. */
export interface ResourcesInput {
  memoryBytes?: number;
  /** Memory plus swap; 0 with a memory limit means twice the limit. */
  memorySwapBytes?: number;
  memoryReservationBytes?: number;
  /** 0 to 100, -1 or undefined: the kernel's. */
  memorySwappiness?: number;
  oomKillDisable?: boolean;
  cpuShares?: number;
  /** Billionths of a CPU; excludes quota and period. */
  nanoCpus?: number;
  cpuQuotaUs?: number;
  cpuPeriodUs?: number;
  cpuRealtimePeriodUs?: number;
  cpuRealtimeRuntimeUs?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  pidsLimit?: number;
  /** 10 to 1000. */
  blkioWeight?: number;
  blkioWeightDevices?: BlockDeviceInput[];
  blkioReadBps?: BlockDeviceInput[];
  blkioWriteBps?: BlockDeviceInput[];
  blkioReadIops?: BlockDeviceInput[];
  blkioWriteIops?: BlockDeviceInput[];
  hugepages?: { pageSize: string; limitBytes: number }[];
}

/** A block device, resolved with `resolveBlockDevice`, and its weight or rate. */
export interface BlockDeviceInput {
  major: number;
  minor: number;
  value: number;
}

export interface UlimitInput {
  /** `nofile`, `nproc` … */
  name: string;
  /** -1 is unlimited. */
  soft: number;
  hard: number;
}

/** The machine, as `readHostFacts` finds it once. */
export interface HostFacts {
  cgroupVersion: 1 | 2;
  /** `6.18`, as numbers. */
  kernel: [major: number, minor: number];
  /** `process.arch`: `x64`, `arm64`. */
  arch: string;
  /** The capabilities that the daemon has, and so can give. */
  capabilities: readonly string[];
  /** Every device node under /dev that a privileged container gets. */
  devices: DeviceInput[];
  /** The daemon's own hard limit of open files: no container can have more. */
  maxOpenFiles: number;
  memoryBytes: number;
  cpus: number;
  /** cgroup v1 without swap accounting cannot limit swap. */
  swapAccounting: boolean;
  apparmor: boolean;
}

/** What an OCI runtime program can do, as `detectRuntimes` finds it. */
export interface RuntimeFeatures {
  /** The mount option `rro`. */
  recursiveReadonly: boolean;
}
