/** Tars of hostile images, made entry by entry, because no tar program would write them. */
import { readFileSync } from 'node:fs';
import type { TestDaemon } from './daemon.ts';

/** One entry, in the terms of ustar. */
export interface TarEntry {
  name: string;
  /** `0` file, `1` hard link, `2` symbolic link, `3` character device, `4` block device, `5` folder, `6` FIFO. */
  type?: string;
  link?: string;
  content?: string | Uint8Array;
  mode?: number;
  uid?: number;
  major?: number;
  minor?: number;
}

const BLOCK = 512;

export function makeTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)]);
}

function blocksOf(entry: TarEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? '');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [header(entry, content.length), content, padding];
}

/** The ustar header of POSIX.1-1988. */
function header(entry: TarEntry, size: number): Buffer {
  const { name, type = '0', link = '', mode = type === '5' ? 0o755 : 0o644, uid = 0, major = 0, minor = 0 } = entry;
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  writeOctal(block, mode, 100, 8);
  writeOctal(block, uid, 108, 8);
  writeOctal(block, uid, 116, 8);
  writeOctal(block, size, 124, 12);
  writeOctal(block, 0, 136, 12);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write('ustar\x0000', 257, 'latin1');
  writeOctal(block, major, 329, 8);
  writeOctal(block, minor, 337, 8);
  writeOctal(
    block,
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

function writeOctal(block: Buffer, value: number, at: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, length, 'latin1');
}

/** Where everything is at its place: busybox with the applets that attacks use. */
export function rootfsEntries(daemon: TestDaemon): TarEntry[] {
  const applets = ['sh', 'cat', 'ls', 'echo', 'sleep', 'ln', 'mount', 'mknod', 'id', 'true', 'readlink', 'mkdir', 'rm'];
  return [
    { name: 'bin/', type: '5' },
    { name: 'bin/busybox', mode: 0o755, content: readFileSync(`${daemon.folder}/rootfs/bin/busybox`) },
    ...applets.map((name) => ({ name: `bin/${name}`, type: '2', link: 'busybox' })),
  ];
}

/** Imports entries as an image; answers the error, or undefined. */
export async function importEntries(
  daemon: TestDaemon,
  image: string,
  entries: readonly TarEntry[],
  changes: readonly string[] = [],
): Promise<string | undefined> {
  const query = changes.map((change) => `&changes=${encodeURIComponent(change)}`).join('');
  const answer = await daemon.api.call('POST', `/images/create?fromSrc=-&repo=${image}&tag=1${query}`, {
    body: makeTar(entries),
    contentType: 'application/x-tar',
  });
  if (answer.status !== 200) return answer.message;
  return /"error":"([^"]*)"/.exec(answer.message)?.[1] ?? (answer.body as { error?: string }).error;
}
