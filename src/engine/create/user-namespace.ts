import { HakoError } from '#base';
import type { IdMapping } from '#images';
import type { EngineContext } from '../context.ts';
import type { HostConfig } from '../spec.ts';

/** Ids in one container's range: what a distribution's users and `nobody` need. */
const RANGE_SIZE = 65_536;
/** Ranges stay below the ids that the kernel reserves (-1 and the like). */
const HIGHEST_ID = 0xffff_0000;

/** The id range of a new container, or undefined when it shares the host's user namespace. */
export function allocateMapping(context: EngineContext, hostConfig: HostConfig): IdMapping | undefined {
  if (!wantsUserNamespace(context.settings.userns, hostConfig)) return undefined;
  refuseWithUserNamespace(hostConfig);
  const used = new Set(context.store.all().map((entry) => entry.record.mapping?.hostId));
  for (let hostId = context.settings.usernsBase; hostId + RANGE_SIZE <= HIGHEST_ID; hostId += RANGE_SIZE) {
    if (!used.has(hostId)) return { hostId, size: RANGE_SIZE };
  }
  throw new HakoError(
    'exhausted',
    'no sub-id range is left for a user namespace: remove containers that you no longer need',
  );
}

function wantsUserNamespace(fallback: 'host' | 'private', hostConfig: HostConfig): boolean {
  const mode = hostConfig.UsernsMode ?? '';
  if (mode === '') return fallback === 'private' && !sharesHostNamespaces(hostConfig);
  if (mode === 'host') return false;
  if (mode === 'private' || mode === 'auto') return true;
  throw new HakoError('invalid', `invalid userns mode "${mode}": use host, or private for a user namespace of its own`);
}

/** The kernel forbids what these ask for inside a user namespace, so the daemon-wide default steps back. */
function sharesHostNamespaces(hostConfig: HostConfig): boolean {
  const modes = [hostConfig.NetworkMode, hostConfig.PidMode, hostConfig.IpcMode, hostConfig.UTSMode];
  return hostConfig.Privileged === true || modes.some((mode) => mode === 'host' || mode?.startsWith('container:'));
}

function refuseWithUserNamespace(hostConfig: HostConfig): void {
  if (hostConfig.Privileged) {
    throw new HakoError('invalid', 'privileged mode is incompatible with user namespaces: add --userns=host');
  }
  for (const [what, mode] of [
    ['network', hostConfig.NetworkMode],
    ['PID', hostConfig.PidMode],
    ['IPC', hostConfig.IpcMode],
  ]) {
    if (mode !== 'host' && !mode?.startsWith('container:')) continue;
    throw new HakoError(
      'invalid',
      `cannot share the ${what} namespace (${mode}) with user namespaces enabled: add --userns=host`,
    );
  }
}
