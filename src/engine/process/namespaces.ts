import { HakoError } from '#base';
import type { SpecInput } from '#runtime';
import type { EngineContext } from '../context.ts';
import type { HostConfig } from '../spec.ts';
import { type Entry, isRunning } from '../store/entry.ts';

type Namespaces = SpecInput['namespaces'];
type Namespace = NonNullable<Namespaces['pid']>;

/** Which namespaces the process gets, joins or shares, by docker's `--pid`, `--ipc`, `--uts`, `--cgroupns`, `--network`. */
export function namespacesOf(context: EngineContext, entry: Entry, netnsPath: string | undefined): Namespaces {
  const { hostConfig, mapping } = entry.record;
  const privateCgroup = (hostConfig.CgroupnsMode || (hostConfig.Privileged ? 'host' : 'private')) === 'private';
  return {
    pid: sharedWith(context, hostConfig.PidMode, 'pid'),
    ipc: sharedWith(context, hostConfig.IpcMode, 'ipc'),
    uts: utsOf(context, hostConfig),
    cgroup: privateCgroup ? 'private' : 'host',
    network: networkOf(context, hostConfig, netnsPath),
    user: mapping === undefined ? 'host' : 'private',
  };
}

function networkOf(context: EngineContext, hostConfig: HostConfig, netnsPath: string | undefined): Namespace {
  if (netnsPath !== undefined) return { path: netnsPath };
  return sharedWith(context, hostConfig.NetworkMode, 'net');
}

/** Sharing another's network brings its host name along. */
function utsOf(context: EngineContext, hostConfig: HostConfig): Namespace {
  if (hostConfig.UTSMode === 'host') return 'host';
  const mode = hostConfig.NetworkMode;
  return mode?.startsWith('container:') || mode === 'host' ? sharedWith(context, mode, 'uts') : 'private';
}

function sharedWith(context: EngineContext, mode: string | undefined, kind: string): Namespace {
  if (mode === 'host') return 'host';
  if (!mode?.startsWith('container:')) return 'private';
  return { path: `/proc/${runningPid(context, mode)}/ns/${kind}` };
}

/** The pid of the container that `container:REF` names; it must run. */
export function runningPid(context: EngineContext, mode: string): number {
  const target = context.store.find(mode.slice('container:'.length));
  if (isRunning(target)) return target.state.pid;
  throw new HakoError(
    'conflict',
    `cannot join the namespaces of a non running container: ${target.record.name} is ${target.state.status}: start it first`,
  );
}
