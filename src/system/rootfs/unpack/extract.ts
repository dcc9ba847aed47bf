import { closeSync, fsyncSync, openSync } from 'node:fs';
import { toText } from '../bytes.ts';
import type { ExtractedArchive } from '../contract.ts';
import type { Meter } from '../limits.ts';
import { Digester, writeAll } from '../output.ts';
import type { TarReader } from '../tar/mod.ts';
import { cleanName } from './names.ts';

/**
 * Takes the regular files out of an archive, flat: names of the archive are only reported, never used as paths, so there is
 * nothing in them to be afraid of. For `docker load`.
 */
export async function extractFiles(reader: TarReader, meter: Meter): Promise<ExtractedArchive> {
  const found: ExtractedArchive = { files: [], links: [] };
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    meter.entry(entry.fragments === undefined ? entry.size : 0);
    const name = toText(cleanName(entry.name, meter));
    if (entry.type === 'symlink' || entry.type === 'hardlink') {
      found.links.push({ name, target: toText(entry.linkName), hard: entry.type === 'hardlink' });
    }
    if (entry.type !== 'file' || entry.fragments !== undefined) continue;
    const file = String(found.files.length);
    found.files.push({ name, file, ...(await storeFile(`/${file}`, reader, algorithmOf(name))) });
  }
  return found;
}

/** An OCI layout says with the folder of a blob by which algorithm it is named. */
function algorithmOf(name: string): 'sha256' | 'sha512' {
  return name.startsWith('blobs/sha512/') ? 'sha512' : 'sha256';
}

async function storeFile(
  path: string,
  reader: TarReader,
  algorithm: 'sha256' | 'sha512',
): Promise<{ digest: string; bytes: number }> {
  const fd = openSync(path, 'wx', 0o600);
  const digester = new Digester(algorithm);
  try {
    for (let piece = await reader.read(); piece !== undefined; piece = await reader.read()) {
      digester.update(piece);
      writeAll(fd, piece);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return { digest: digester.digest(), bytes: digester.bytes };
}
