import { chownSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { errnoCode, HakoError } from '#base';
import type { IdRange } from '../../tree-mount.ts';
import { type ByteString, fromText, toPath, toText } from '../bytes.ts';
import type { Owner } from '../contract.ts';
import { toHostId } from '../ids.ts';
import type { Meter } from '../limits.ts';
import type { TarEntry, TarReader } from '../tar/mod.ts';
import { cleanName } from './names.ts';
import { TreeWriter, type WriterPolicy } from './writer.ts';

/** How `docker cp` into a container wants it. */
export interface ArchiveOptions {
  path: string;
  noOverwriteDirNonDir: boolean;
  owner?: Owner;
  mapping?: IdRange;
}

/** Unpacks an archive into a folder of the root, as Docker's `PUT /containers/{id}/archive`. */
export async function unpackArchive(reader: TarReader, meter: Meter, options: ArchiveOptions): Promise<void> {
  const target = fromText(options.path);
  if (!targetStat(target, options.path).isDirectory()) {
    throw new HakoError('invalid', `extraction point is not a directory: ${options.path}`);
  }
  const writer = new TreeWriter(target, archivePolicy(options), options);
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    meter.entry(entry.size);
    const name = cleanName(entry.name, meter);
    if (name === '') continue;
    const linkTarget = entry.type === 'hardlink' ? cleanName(entry.linkName, meter) : undefined;
    await writer.write(entry, name, reader, linkTarget);
  }
  writer.finish();
}

function targetStat(target: ByteString, path: string): Stats {
  try {
    return statSync(toPath(target));
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new HakoError('not_found', `Could not find the file ${path} in the container`);
  }
}

function archivePolicy(options: ArchiveOptions): WriterPolicy {
  return {
    onReplace: options.noOverwriteDirNonDir ? refuseOtherKind : () => undefined,
    makeParent: (path) => {
      mkdirSync(toPath(path), { mode: 0o755 });
      const root = toHostId(0, options.mapping);
      chownSync(toPath(path), options.owner?.uid ?? root, options.owner?.gid ?? root);
    },
  };
}

function refuseOtherKind(name: ByteString, old: Stats, entry: TarEntry): void {
  const shown = JSON.stringify(toText(name));
  if (old.isDirectory() && entry.type !== 'directory') {
    throw new HakoError('invalid', `cannot overwrite directory ${shown} with non-directory`);
  }
  if (!old.isDirectory() && entry.type === 'directory') {
    throw new HakoError('invalid', `cannot overwrite non-directory ${shown} with directory`);
  }
}
