import { lstat, opendir } from 'node:fs/promises';
import { errnoCode } from '#base';

/**
 * Bytes of all files below `path`, as Docker counts a volume: apparent sizes, a file with several names once.
 * Follows no symbolic link. What vanishes while it counts is not counted.
 */
export async function folderBytes(path: string): Promise<number> {
  const seen = new Set<string>();
  let total = 0;
  const pending = [path];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for await (const entry of entriesOf(folder)) {
      if (entry.isDirectory) pending.push(entry.path);
      else total += await fileBytes(entry.path, seen);
    }
  }
  return total;
}

async function* entriesOf(folder: string): AsyncIterable<{ path: string; isDirectory: boolean }> {
  try {
    for await (const entry of await opendir(folder, { bufferSize: 256 })) {
      yield { path: `${folder}/${entry.name}`, isDirectory: entry.isDirectory() };
    }
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}

async function fileBytes(path: string, seen: Set<string>): Promise<number> {
  try {
    const { size, nlink, dev, ino } = await lstat(path);
    if (nlink === 1) return size;
    const key = `${dev}:${ino}`;
    if (seen.has(key)) return 0;
    seen.add(key);
    return size;
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
