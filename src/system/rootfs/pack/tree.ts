import { lstatSync } from 'node:fs';
import { errnoCode, HakoError } from '#base';
import type { IdRange } from '../../tree-mount.ts';
import { type ByteString, fromText, toPath } from '../bytes.ts';
import { baseOf } from '../stat.ts';
import type { TarWriter } from '../tar/mod.ts';
import { Packer } from './packer.ts';
import { walk } from './walk.ts';

/** The whole root as an archive, for `docker export`. */
export async function packTree(tar: TarWriter, mapping?: IdRange): Promise<void> {
  const packer = new Packer(tar, mapping);
  for (const { path, name, stat } of walk('/')) await packer.add(path, name, stat);
  await tar.end();
}

/**
 * One file or folder as an archive, for `docker cp` from a container. Entries begin with the last component of the path as it was
 * asked for, whatever a link with that name leads to; the root's begin with a slash.
 */
export async function packPath(tar: TarWriter, textPath: string, mapping?: IdRange): Promise<void> {
  const path = absolute(textPath);
  const packer = new Packer(tar, mapping);
  const stat = found(path, textPath, (at) => lstatSync(toPath(at)));
  const base = baseOf(path);
  const name = base === '/' ? '' : base;
  await packer.add(path, name, stat);
  if (stat.isDirectory()) {
    for (const child of walk(path)) await packer.add(child.path, `${name}/${child.name}`, child.stat);
  }
  await tar.end();
}

/** `path` from the root; a trailing slash or dot stays, for it makes the kernel follow a final link. */
export function absolute(path: string): ByteString {
  const bytes = fromText(path);
  return bytes.startsWith('/') ? bytes : `/${bytes}`;
}

/** Runs `look`, with Docker's words where nothing is there. */
export function found<T>(path: ByteString, textPath: string, look: (path: ByteString) => T): T {
  try {
    return look(path);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT') throw new HakoError('not_found', `Could not find the file ${textPath} in the container`);
    if (code === 'ENOTDIR')
      throw new HakoError('not_found', `Could not find the file ${textPath} in the container: not a directory`);
    throw error;
  }
}
