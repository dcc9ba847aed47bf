/** Which OCI runtimes this host really has. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { errorMessage, HakoError, ignoring, log } from '#base';
import { probeTraits } from './conmon/traits.ts';
import type { OciRuntime } from './contract.ts';

/**
 * What the settings register when they say nothing, best first. A name without a slash is looked up in PATH.
 * runsc (gVisor) chooses its platform itself: systrap, or ptrace in versions before 2023. `--network=host` means the stack
 * of the container's own network namespace, so that published ports, DNS and networks connected later work as for
 * the others; gVisor's own stack (`--network=sandbox`) only knows the interfaces that were there at the start.
 */
export const DEFAULT_RUNTIMES: readonly OciRuntime[] = [
  { name: 'crun', path: 'crun', args: [] },
  { name: 'runc', path: 'runc', args: [] },
  { name: 'runsc', path: 'runsc', args: ['--network=host'] },
];

/** The absolute path of a program, or undefined when it is not there or may not be run. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin').split(delimiter).filter(Boolean);
  const candidates = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
  return candidates.find(
    (path) =>
      existsSync(path) &&
      ignoring(['EACCES', 'ENOENT'], () => {
        accessSync(path, constants.X_OK);
        return true;
      }),
  );
}

async function check(runtime: OciRuntime, signal: AbortSignal | undefined): Promise<OciRuntime[]> {
  const path = findProgram(runtime.path);
  if (path === undefined) return [];
  const found = { ...runtime, path };
  try {
    await probeTraits(found, { signal });
    return [found];
  } catch (error) {
    log.warn('an OCI runtime is installed but does not run', {
      runtime: runtime.name,
      path,
      error: errorMessage(error),
    });
    return [];
  }
}

/**
 * The registered runtimes that run on this host, in their order, with absolute paths; the first is the default.
 * Throws `unavailable` when there is none.
 */
export async function detectRuntimes(
  registered: readonly OciRuntime[] = DEFAULT_RUNTIMES,
  options: { signal?: AbortSignal } = {},
): Promise<OciRuntime[]> {
  const found = await Promise.all(registered.map((runtime) => check(runtime, options.signal)));
  const runtimes = found.flat();
  if (runtimes.length > 0) return runtimes;
  const names = registered.map(({ path }) => path).join(', ');
  throw new HakoError(
    'unavailable',
    `no OCI runtime runs here (looked for ${names}): install the package crun or runc`,
  );
}

/** The path of conmon. Throws `unavailable` naming the package. */
export function detectConmon(path = 'conmon'): string {
  const found = findProgram(path) ?? findProgram('/usr/libexec/podman/conmon');
  if (found !== undefined) return found;
  throw new HakoError('unavailable', `conmon is not installed (looked for ${path}): install the package conmon`);
}
