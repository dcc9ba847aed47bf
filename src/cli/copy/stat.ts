/** What is at a path inside a container: the X-Docker-Container-Path-Stat header. */
import { type ApiClient, containerPath } from '../client/api.ts';
import { isStatus } from '../errors.ts';
import { dirName } from './place.ts';

export interface PathStat {
  name: string;
  size: number;
  /** Go's os.FileMode. */
  mode: number;
  linkTarget: string;
}

const GO_MODE_DIR = 2 ** 31;
const GO_MODE_SYMLINK = 2 ** 27;

export function isDirectory(stat: PathStat): boolean {
  return (stat.mode & GO_MODE_DIR) !== 0;
}

export function isSymlink(stat: PathStat): boolean {
  return (stat.mode & GO_MODE_SYMLINK) !== 0;
}

/** Reads the header of an answer. */
export function decodeStat(header: string | undefined): PathStat {
  return JSON.parse(Buffer.from(header ?? '', 'base64').toString()) as PathStat;
}

/** Stat without following; undefined when nothing is there. */
export async function statInContainer(api: ApiClient, container: string, path: string): Promise<PathStat | undefined> {
  try {
    const { headers } = await api.request('HEAD', containerPath(container, '/archive'), { query: { path } });
    return decodeStat(headers.get('x-docker-container-path-stat'));
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
    // A missing container is a 404 too; its own endpoint says so better.
    await api.get(containerPath(container, '/json'));
    return undefined;
  }
}

/** The path that a chain of symbolic links ends at. The daemon answers targets that are absolute in the container. */
export async function followInContainer(api: ApiClient, container: string, path: string) {
  const stat = await statInContainer(api, container, path);
  if (stat === undefined || !isSymlink(stat)) return { path, stat };
  const target = stat.linkTarget.startsWith('/') ? stat.linkTarget : `${dirName(path)}/${stat.linkTarget}`;
  return { path: target, stat: await statInContainer(api, container, target) };
}
