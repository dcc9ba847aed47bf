import type { Clock, KeyedLock } from '#base';
import type { Images } from '#images';
import type { Networks } from '#network';
import type { HostFacts, OciRuntime, Runtime, RuntimeFeatures } from '#runtime';
import type { Events, Volumes } from './contract.ts';
import type { LogRotator } from './logs/mod.ts';
import type { ContainerStore } from './store/container-store.ts';

/** What the daemon decides for the engine. Paths are absolute. */
export interface EngineSettings {
  /** Stable identity of this daemon. */
  engineId: string;
  rootDir: string;
  runDir: string;
  /** Cgroup under which containers live unless they ask for another. */
  cgroupParent: string;
  runtimes: readonly OciRuntime[];
  /** Name in `runtimes`. */
  defaultRuntime: string;
  /** Whether containers get a user namespace of their own unless they say otherwise. */
  userns: 'host' | 'private';
  /** First host id of the ranges given to user namespaces, 65,536 ids each. */
  usernsBase: number;
  defaultStopTimeoutS: number;
  labels: readonly string[];
  host: HostFacts;
  featuresOf(runtime: string): RuntimeFeatures;
  /** The init program of `--init`; undefined when the host has none. */
  initPath: string | undefined;
}

/** Volumes as the engine uses them: the port, and mounting for the time that a container runs. */
export interface MountableVolumes extends Volumes {
  mountForUse(name: string, userId: string): Promise<void>;
  release(name: string, userId: string): Promise<void>;
}

/** Everything that the verbs of the engine share. */
export interface EngineContext {
  settings: EngineSettings;
  clock: Clock;
  store: ContainerStore;
  /** Held by id for every change of a container's life. */
  locks: KeyedLock;
  images: Images;
  networks: Networks;
  runtime: Runtime;
  volumes: MountableVolumes;
  events: Events;
  logRotator: LogRotator;
}

/** Lasting files of a container: log, hostname, hosts, resolv.conf. */
export function containerDir(context: EngineContext, id: string): string {
  return `${context.settings.rootDir}/containers/${id}`;
}

/** The newest file of a container's log; older ones end in .1, .2 and so on. */
export function logPath(context: EngineContext, id: string): string {
  return `${containerDir(context, id)}/container.log`;
}

/** The OCI bundle and conmon's files of the current run; short, as socket paths are limited to 108 bytes. */
export function bundleDir(context: EngineContext, id: string): string {
  return `${context.settings.runDir}/c/${id.slice(0, 32)}`;
}

/** The runtime a container asks for; the store holds only names that were known at creation. */
export function runtimeOf(context: EngineContext, name: string): OciRuntime | undefined {
  return context.settings.runtimes.find((runtime) => runtime.name === name);
}
