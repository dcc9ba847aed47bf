import { HakoError, isHakoError } from '#base';
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
    NetworkMode: mode === '' || mode === 'default' ? 'bridge' : byId(context, mode),
    IpcMode: byId(context, given.IpcMode || 'private'),
    PidMode: byId(context, given.PidMode ?? ''),
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

/**
 * `container:NAME` is kept with the id, because names change hands. One that is not there yet stays as it is: the start
 * will say so, where docker's clients do not take a 404 for a missing image.
 */
function byId(context: EngineContext, mode: string): string {
  if (!mode.startsWith('container:')) return mode;
  try {
    return `container:${context.store.find(mode.slice('container:'.length)).record.id}`;
  } catch (error) {
    if (isHakoError(error, 'not_found')) return mode;
    throw error;
  }
}

function unknownRuntime(context: EngineContext, name: string): HakoError {
  const known = context.settings.runtimes.map((runtime) => runtime.name).join(', ');
  return new HakoError(
    'invalid',
    `unknown or invalid runtime name: ${name}: use one of ${known}, or register it in the settings`,
  );
}
