import { closeSync, constants, lstatSync, mkdirSync, openSync, readSync, type Stats } from 'node:fs';
import { type ByteString, toPath } from './bytes.ts';
import { describe, entryTypeOf, HardLinks } from './pack/entry.ts';
import { walk } from './pack/walk.ts';
import { type Body, TreeWriter } from './unpack/writer.ts';

const BUFFER_BYTES = 1 << 20;
const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Copies /from onto /to with owners, modes, links, attributes and times: an image's content into a new volume. */
export async function copyTree(): Promise<void> {
  const writer = new TreeWriter('/to', { makeParent: (path) => mkdirSync(toPath(path), { mode: 0o755 }) });
  const links = new HardLinks();
  await copyOne(writer, links, '/from', '', lstatSync('/from'));
  for (const { path, name, stat } of walk('/from')) await copyOne(writer, links, path, name, stat);
  writer.finish();
}

async function copyOne(
  writer: TreeWriter,
  links: HardLinks,
  path: ByteString,
  name: ByteString,
  stat: Stats,
): Promise<void> {
  const type = entryTypeOf(stat);
  if (type === undefined) return;
  const entry = { ...describe(path, name, type, stat), mtime: timeOf(stat) };
  const first = links.earlier(path, stat, name);
  if (first !== undefined) return writer.write({ ...entry, type: 'hardlink' }, name, NOTHING, first);
  if (type !== 'file') return writer.write(entry, name, NOTHING);
  const fd = openSync(toPath(path), READ_FILE);
  try {
    await writer.write(entry, name, fileBody(fd));
  } finally {
    closeSync(fd);
  }
}

const NOTHING: Body = { read: () => Promise.resolve(undefined) };

function timeOf(stat: Stats) {
  const seconds = Math.floor(stat.mtimeMs / 1000);
  return { seconds, nanoseconds: Math.min(999_999_999, Math.round((stat.mtimeMs - seconds * 1000) * 1e6)) };
}

function fileBody(fd: number): Body {
  const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  return {
    read: () => {
      const count = readSync(fd, buffer, 0, BUFFER_BYTES, null);
      return Promise.resolve(count === 0 ? undefined : buffer.subarray(0, count));
    },
  };
}
