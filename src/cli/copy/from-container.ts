/** `hako cp CONTAINER:PATH PATH|-`. */
import { statSync } from 'node:fs';
import { type ApiClient, containerPath } from '../client/api.ts';
import { CliError } from '../errors.ts';
import { openTarTarget } from '../files.ts';
import { note } from '../output.ts';
import { baseName, landing } from './place.ts';
import { decodeStat, followInContainer, isDirectory } from './stat.ts';
import { unpackTar } from './tar.ts';

export interface CopyOptions {
  followLink: boolean;
  /** Keep owners. */
  archive: boolean;
  quiet: boolean;
}

/** Copies out of a container; `-` writes the tar to standard output. Throws CliError. */
export async function copyFromContainer(
  api: ApiClient,
  container: string,
  path: string,
  target: string,
  options: CopyOptions,
): Promise<void> {
  const write = target === '-' ? openTarTarget('') : undefined;
  // A tar for others keeps docker's names: `dir/.` begins with `./`.
  const wantsPlain = write === undefined || options.followLink;
  const source = wantsPlain ? await plainSource(api, container, path, options.followLink) : path;
  const response = await api.request('GET', containerPath(container, '/archive'), { query: { path: source } });
  if (write !== undefined) return write(response.body);
  const stat = decodeStat(response.headers.get('x-docker-container-path-stat'));
  const place = landing({ path, isDir: isDirectory(stat) }, { path: target, ...factsOf(target) });
  requireFolder(place.dir);
  const name = stat.name || baseName(source);
  const rename = options.followLink && place.name === undefined ? baseName(path) : place.name;
  await unpackTar(response.body, place.dir, { name, rename, keepOwners: options.archive });
  if (!options.quiet && process.stderr.isTTY) note(`copied ${container}:${path} to ${target}`);
}

/** The path to ask for: `dir/` and `dir/.` mean the folder itself, so that its tar always begins with its name. */
async function plainSource(api: ApiClient, container: string, path: string, followLink: boolean): Promise<string> {
  const plain = path.replace(/\/+\.?$/, '') || '/';
  return followLink || plain !== path ? (await followInContainer(api, container, plain)).path : path;
}

function factsOf(path: string): { exists: boolean; isDir: boolean } {
  const stat = statSync(path, { throwIfNoEntry: false });
  return { exists: stat !== undefined, isDir: stat?.isDirectory() === true };
}

function requireFolder(dir: string): void {
  if (!factsOf(dir).isDir) throw new CliError(`the folder ${dir} does not exist: make it first`);
}
