/** What the engine offers to its edges (Docker API, CRI, registry). Every reference is an id, a name or an id prefix. */
import type { Readable } from 'node:stream';
import type { Image, Images, LayerChange } from '#images';
import type { Endpoint, Networks, PublishedPort } from '#network';
import type { OutputChunk, TerminalSize } from '#runtime';
import type { CgroupStats } from '#system';
import type { ContainerConfig, HostConfig, Mount, NetworkingConfig, Resources, RestartPolicy } from './spec.ts';

export type ContainerStatus = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** The state that `docker inspect` shows. Times are milliseconds since the epoch; 0 means never. */
export interface ContainerState {
  status: ContainerStatus;
  pid: number;
  exitCode: number;
  error: string;
  oomKilled: boolean;
  startedAtMs: number;
  finishedAtMs: number;
  restartCount: number;
  health: HealthState | undefined;
}

export interface HealthState {
  status: 'starting' | 'healthy' | 'unhealthy';
  failingStreak: number;
  /** The last five probes, oldest first. */
  log: { startMs: number; endMs: number; exitCode: number; output: string }[];
}

/** A mount as it was resolved at creation: a volume has its name and folder, a bind its host path. */
export interface MountPoint {
  type: Mount['Type'];
  name: string;
  source: string;
  destination: string;
  driver: string;
  mode: string;
  readWrite: boolean;
  propagation: string;
  /** Folder inside the volume that is mounted in place of its root. */
  subpath?: string;
  /** Mount only the source itself, not what is mounted below it. */
  nonRecursive?: boolean;
}

/** A container as a value: a snapshot that no later change touches. */
export interface Container {
  id: string;
  name: string;
  createdAtMs: number;
  imageId: string;
  /** The image reference as the user gave it. */
  imageName: string;
  /** With the image's defaults merged in, as `inspect` shows it. */
  config: ContainerConfig;
  hostConfig: HostConfig;
  networking: NetworkingConfig;
  /** The executable and its arguments after merging entrypoint and command. */
  path: string;
  args: string[];
  state: ContainerState;
  mounts: MountPoint[];
  runtime: string;
  platform: string;
  execIds: string[];
  files: { log: string; hostname: string; hosts: string; resolv: string };
}

export interface CreateContainerRequest {
  name?: string;
  config: ContainerConfig;
  hostConfig: HostConfig;
  networking: NetworkingConfig;
  platform?: string;
}

export interface LogOptions {
  stdout: boolean;
  stderr: boolean;
  follow: boolean;
  sinceMs?: number;
  untilMs?: number;
  /** Number of last lines; undefined means all. */
  tail?: number;
  signal?: AbortSignal;
}

/** One piece of a log line; `partial` when the line goes on in the next record of its stream. `data` carries its newline. */
export interface LogRecord extends OutputChunk {
  /** RFC 3339 with nanoseconds. */
  timestamp: string;
  partial: boolean;
}

/** Live streams of a container or an exec, ready to be joined to a client's connection. */
export interface Streams extends AsyncDisposable {
  tty: boolean;
  output: AsyncIterable<OutputChunk>;
  write(data: Uint8Array): Promise<void>;
  endInput(): void;
}

export interface AttachOptions {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Send what was logged so far first. */
  logs: boolean;
  /** Then follow what comes. */
  stream: boolean;
  signal?: AbortSignal;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export interface WaitResult {
  exitCode: number;
  error?: string;
}

export interface PathStat {
  name: string;
  size: number;
  /** Go's os.FileMode bits, as Docker's clients expect in X-Docker-Container-Path-Stat. */
  mode: number;
  mtimeMs: number;
  linkTarget: string;
}

/** Raw counters of one moment; edges compute percentages. Fields absent on the host's cgroup version are undefined. */
export interface ContainerStats extends CgroupStats {
  readAtMs: number;
  /** CPU time of the whole host, idle included. */
  hostCpuNs: number;
  onlineCpus: number;
  networks: Record<string, InterfaceCounters>;
}

/** Counters of one network interface since it was made. */
export interface InterfaceCounters {
  rxBytes: number;
  rxPackets: number;
  rxErrors: number;
  rxDropped: number;
  txBytes: number;
  txPackets: number;
  txErrors: number;
  txDropped: number;
}

export interface UpdateRequest extends Resources {
  RestartPolicy?: RestartPolicy;
}

export interface Containers {
  create(request: CreateContainerRequest): Promise<{ id: string; warnings: string[] }>;
  /** Throws `not_found` ("No such container: x") or `invalid` (prefix is ambiguous). */
  get(reference: string): Container;
  list(): Container[];
  /** Resolves when the process runs. `unchanged` (true) when it ran already. */
  start(reference: string): Promise<{ unchanged: boolean }>;
  stop(reference: string, options?: { timeoutS?: number; signal?: string }): Promise<{ unchanged: boolean }>;
  restart(reference: string, options?: { timeoutS?: number; signal?: string }): Promise<void>;
  kill(reference: string, signal?: string): Promise<void>;
  pause(reference: string): Promise<void>;
  unpause(reference: string): Promise<void>;
  /** The waiter is registered when this returns its promise, so that a start after it cannot be missed. */
  wait(reference: string, condition: WaitCondition, options: { signal?: AbortSignal }): Promise<WaitResult>;
  remove(reference: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>;
  rename(reference: string, name: string): Promise<void>;
  update(reference: string, request: UpdateRequest): Promise<{ warnings: string[] }>;
  /** May be called before start: output then begins with the first byte. */
  attach(reference: string, options: AttachOptions): Promise<Streams>;
  resize(reference: string, size: TerminalSize): Promise<void>;
  logs(reference: string, options: LogOptions): AsyncIterable<LogRecord>;
  /** Titles and rows of ps(1) for the container's processes. */
  top(reference: string, psArgs: string): Promise<{ titles: string[]; processes: string[][] }>;
  stats(reference: string): Promise<ContainerStats>;
  changes(reference: string): Promise<LayerChange[]>;
  exportRootfs(reference: string): Promise<Readable>;
  statPath(reference: string, path: string): Promise<PathStat>;
  readArchive(reference: string, path: string): Promise<{ stat: PathStat; tar: Readable }>;
  writeArchive(
    reference: string,
    path: string,
    tar: Readable,
    options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
  ): Promise<void>;
  commit(
    reference: string,
    options: {
      reference?: string;
      author?: string;
      comment?: string;
      pause: boolean;
      changes: readonly string[];
      config?: Partial<ContainerConfig>;
    },
  ): Promise<Image>;
  prune(filter: (container: Container) => boolean): Promise<{ removed: string[]; reclaimedBytes: number }>;
  /** Bytes of the writable layer and of the whole root file system. */
  size(reference: string): Promise<{ writableBytes: number; rootfsBytes: number }>;
  /** Attachments in the network, live. */
  endpoints(reference: string): Endpoint[];
  ports(reference: string): PublishedPort[];
  connectNetwork(reference: string, network: string, settings: import('./spec.ts').EndpointSettings): Promise<void>;
  disconnectNetwork(reference: string, network: string, options: { force: boolean }): Promise<void>;
  /** Replaces the published ports of a running container (moby#2045). */
  republish(reference: string, bindings: NonNullable<HostConfig['PortBindings']>): Promise<void>;
}

export interface ExecConfig {
  AttachStdin?: boolean;
  AttachStdout?: boolean;
  AttachStderr?: boolean;
  DetachKeys?: string;
  Tty?: boolean;
  Env?: string[];
  Cmd?: string[];
  Privileged?: boolean;
  User?: string;
  WorkingDir?: string;
  ConsoleSize?: [number, number] | null;
}

/** One exec session, as a value. */
export interface Exec {
  id: string;
  containerId: string;
  config: ExecConfig;
  running: boolean;
  exitCode: number | null;
  pid: number;
}

export interface Execs {
  /** Throws `conflict` when the container is not running. */
  create(container: string, config: ExecConfig): Promise<string>;
  get(id: string): Exec;
  /** Attached: answers the streams; disposing them before the end kills the process. Detached: answers undefined. */
  start(
    id: string,
    options: { detach: boolean; size?: TerminalSize; signal?: AbortSignal },
  ): Promise<Streams | undefined>;
  resize(id: string, size: TerminalSize): Promise<void>;
}

export interface Volume {
  name: string;
  driver: string;
  mountpoint: string;
  createdAtMs: number;
  labels: Record<string, string>;
  options: Record<string, string>;
  anonymous: boolean;
}

export interface Volumes {
  /** Idempotent for the same name and options; `conflict` when they differ. */
  create(request: {
    name?: string;
    driver?: string;
    labels?: Record<string, string>;
    options?: Record<string, string>;
  }): Promise<Volume>;
  get(name: string): Volume;
  list(): Volume[];
  /** Throws `conflict` while a container uses it. */
  remove(name: string, options?: { force?: boolean }): Promise<void>;
  usedBy(name: string): string[];
  usageBytes(name: string): Promise<number>;
}

export type EventType = 'container' | 'image' | 'network' | 'volume' | 'daemon';

export interface EngineEvent {
  type: EventType;
  action: string;
  actor: { id: string; attributes: Record<string, string> };
  timeNs: bigint;
}

export interface Events {
  publish(type: EventType, action: string, id: string, attributes?: Record<string, string>): void;
  /** Past events from `sinceMs` (the last 1,000 are kept), then live ones until `untilMs` or the signal. A subscriber that lags 10,000 events behind is ended. */
  subscribe(options: { sinceMs?: number; untilMs?: number; signal?: AbortSignal }): AsyncIterable<EngineEvent>;
}

/** Facts about host and daemon for `info` and `version`. */
export interface EngineInfo {
  id: string;
  name: string;
  rootDir: string;
  runtimes: Record<string, { path: string; args: readonly string[] }>;
  defaultRuntime: string;
  cgroupVersion: '1' | '2';
  cgroupDriver: 'cgroupfs';
  securityOptions: string[];
  kernelVersion: string;
  operatingSystem: string;
  osVersion: string;
  architecture: string;
  cpus: number;
  memoryBytes: number;
  warnings: string[];
  labels: string[];
  startedAtMs: number;
}

export interface Engine extends AsyncDisposable {
  containers: Containers;
  execs: Execs;
  volumes: Volumes;
  images: Images;
  networks: Networks;
  events: Events;
  info(): EngineInfo;
  /** Removes what the daemon made on the host beside its folders; refuses while containers are left. */
  purge(): Promise<void>;
}
