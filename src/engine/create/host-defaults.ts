import { HakoError } from '#base';
import { type EngineContext, runtimeOf } from '../context.ts';
import type { HostConfig } from '../spec.ts';

const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

/** Writes down the defaults that hold from now on for this container, as `inspect` of docker shows them. */
export function withHostDefaults(context: EngineContext, given: HostConfig): HostConfig {
  const mode = given.NetworkMode ?? '';
  const runtime = given.Runtime || context.settings.defaultRuntime;
  if (runtimeOf(context, runtime) === undefined) throw unknownRuntime(context, runtime);
  return {
    ...given,
    NetworkMode: mode === '' || mode === 'default' ? 'bridge' : mode,
    IpcMode: given.IpcMode || 'private',
    LogConfig: { Type: given.LogConfig?.Type || 'json-file', Config: given.LogConfig?.Config ?? {} },
    RestartPolicy: {
      Name: given.RestartPolicy?.Name || 'no',
      MaximumRetryCount: given.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    ShmSize: given.ShmSize || DEFAULT_SHM_BYTES,
    Runtime: runtime,
    // A memory limit without a word on swap allows as much swap again, as docker has it.
    ...(given.Memory && !given.MemorySwap ? { MemorySwap: given.Memory * 2 } : {}),
  };
}

function unknownRuntime(context: EngineContext, name: string): HakoError {
  const known = context.settings.runtimes.map((runtime) => runtime.name).join(', ');
  return new HakoError(
    'invalid',
    `unknown or invalid runtime name: ${name}: use one of ${known}, or register it in the settings`,
  );
}
