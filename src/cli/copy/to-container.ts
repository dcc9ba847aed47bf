/** `hako cp PATH|- CONTAINER:PATH`. */
import { lstatSync, realpathSync, statSync } from 'node:fs';
import { type ApiClient, containerPath } from '../client/api.ts';
import { CliError } from '../errors.ts';
import { openTarSource } from '../files.ts';
import { note } from '../output.ts';
import type { CopyOptions } from './from-container.ts';
import { baseName, dirName, landing } from './place.ts';
import { followInContainer, isDirectory } from './stat.ts';
import { packTar } from './tar.ts';

/** Copies into a container; `-` reads a tar from standard input, which needs an existing folder. Throws CliError. */
export async function copyToContainer(
  api: ApiClient,
  source: string,
  container: string,
  path: string,
  options: CopyOptions,
): Promise<void> {
  const { path: target, stat } = await followInContainer(api, container, path);
  const isDir = stat !== undefined && isDirectory(stat);
  if (source === '-') {
    if (!isDir) throw new CliError(`${container}:${path} must be a folder for a tar to be unpacked in`);
    return upload(api, container, target, openTarSource('-'), options);
  }
  const local = localSource(source, options.followLink);
  const place = landing(local, { path: target, exists: stat !== undefined, isDir });
  const name = baseName(local.packed);
  const rename = place.name ?? baseName(source);
  const tar = packTar(dirName(local.packed), name, { rename, followLink: false });
  await upload(api, container, place.dir, tar, options);
  if (!options.quiet && process.stderr.isTTY) note(`copied ${source} to ${container}:${path}`);
}

/** The source as it was named, whether it is a folder, and the path to pack. */
function localSource(source: string, followLink: boolean): { path: string; isDir: boolean; packed: string } {
  const stat = (followLink || source.endsWith('/') || source.endsWith('/.') ? statSync : lstatSync)(source, {
    throwIfNoEntry: false,
  });
  if (stat === undefined) throw new CliError(`${source} does not exist`);
  const plain = source.replace(/\/\.?$/, '') || '/';
  const isSpecial = followLink || source.endsWith('/.') || ['.', '..'].includes(baseName(plain));
  return { path: source, isDir: stat.isDirectory(), packed: isSpecial ? realpathSync(plain) : plain };
}

async function upload(
  api: ApiClient,
  container: string,
  path: string,
  stream: AsyncIterable<Uint8Array>,
  options: CopyOptions,
): Promise<void> {
  const query = { path, noOverwriteDirNonDir: true, copyUIDGID: options.archive || undefined };
  await (await api.request('PUT', containerPath(container, '/archive'), { query, stream })).text();
}
