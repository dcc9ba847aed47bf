/** `hako down --all` and `--purge`: what goes before and after the daemon itself. */
import { readFileSync, rmSync } from 'node:fs';
import { type ApiClient, containerPath, path } from '../client/api.ts';
import { CliError, isStatus } from '../errors.ts';
import { note } from '../output.ts';
import type { DaemonPaths } from './settings.ts';

interface Listed {
  Id: string;
  State: string;
}

/** Networks that every daemon has: they go with it. */
const BUILT_IN = ['bridge', 'host', 'none'];

/** Stops all containers that run. Throws CliError for the first that can't be. */
export async function stopContainers(api: ApiClient): Promise<void> {
  const running = await api.get<Listed[]>('/containers/json');
  await Promise.all(running.map(({ Id }) => api.post(containerPath(Id, '/stop'))));
}

/** Removes all containers, volumes, images and networks, then what the daemon itself made on the host. */
export async function purgeObjects(api: ApiClient): Promise<void> {
  const containers = await api.get<Listed[]>('/containers/json', { all: true });
  await Promise.all(containers.map(({ Id }) => api.delete(containerPath(Id, ''), { force: true, v: true })));
  const networks = await api.get<{ Id: string; Name: string }[]>('/networks');
  await Promise.all(
    networks.filter(({ Name }) => !BUILT_IN.includes(Name)).map(({ Id }) => api.delete(path`/networks/${Id}`)),
  );
  const { Volumes } = await api.get<{ Volumes: { Name: string }[] | null }>('/volumes');
  await Promise.all((Volumes ?? []).map(({ Name }) => api.delete(path`/volumes/${Name}`, { force: true })));
  const images = await api.get<{ Id: string }[]>('/images/json', { all: true });
  for (const { Id } of images) await api.delete(path`/images/${Id}`, { force: true }).catch(ignoreMissing);
  // Ours: the default bridge, the rules, the cgroups, so that the host is as it was.
  await api.post('/hako/purge').catch(ignoreMissing);
}

/** An image that went with its child is no failure; neither is a daemon without the endpoint. */
function ignoreMissing(error: unknown): void {
  if (!isStatus(error, 404)) throw error;
}

/** Starts a daemon on what a killed one left, so that it can be removed in order; undefined where there is nothing. */
export async function reviveForPurge(paths: DaemonPaths): Promise<number | undefined> {
  const { existsSync } = await import('node:fs');
  if (!existsSync(`${paths.root}/hako.db`)) return undefined;
  const { startDaemon } = await import('./start-daemon.ts');
  try {
    return await startDaemon(paths, []);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    note(`${error.message}\nhako: its files are removed; what it left elsewhere on this machine may stay`);
    return undefined;
  }
}

/** Removes the folders. Throws CliError while anything is mounted below them: that would be deleted with them. */
export function purgeFiles(paths: DaemonPaths): void {
  for (const dir of [paths.run, paths.root]) {
    const mounts = mountsBelow(dir);
    if (mounts.length > 0) throw new CliError(`${dir} is not removed: still mounted are ${mounts.join(', ')}`);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Mount points at or below a folder; field 5 of /proc/self/mountinfo, with its octal escapes. */
function mountsBelow(dir: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  const plain = points.map((point) =>
    point.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
  );
  return plain.filter((point) => point === dir || point.startsWith(`${dir}/`));
}
