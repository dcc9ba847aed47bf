import { closeSync, createReadStream, createWriteStream, openSync, readSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { HakoError } from '#base';
import { compressionOf, TarReader } from '#system/rootfs';
import { MAX_DOCUMENT_BYTES } from '../../unpack/spec.ts';
import type { LayoutFiles } from './layout-source.ts';
import { ScratchFolder } from './scratch-folder.ts';

const MAX_ENTRIES = 100_000;
const MAX_LINKS = 8;

/** The files of a tar, read where they lie in it: nothing is unpacked, so it matters not what their names are. */
export class ArchiveFiles implements LayoutFiles {
  readonly #path: string;
  readonly #scope: AsyncDisposableStack;
  readonly #entries = new Map<string, { offset: number; size: number }>();
  readonly #links = new Map<string, string>();

  private constructor(path: string, scope: AsyncDisposableStack) {
    this.#path = path;
    this.#scope = scope;
  }

  /** Opens a tar, plain, gzip or zstd. A compressed one is kept unpacked in a temporary folder meanwhile. */
  static async open(path: string): Promise<ArchiveFiles> {
    await using scope = new AsyncDisposableStack();
    const plain = await decompressed(path, scope);
    const files = new ArchiveFiles(plain, scope.move());
    try {
      await files.#index();
    } catch (error) {
      await files[Symbol.asyncDispose]();
      throw error;
    }
    return files;
  }

  async #index(): Promise<void> {
    let position = 0;
    const stream = createReadStream(this.#path, { highWaterMark: 1 << 20 });
    const reader = new TarReader(stream, (bytes) => {
      position += bytes.length;
    });
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      if (this.#entries.size + this.#links.size > MAX_ENTRIES)
        throw new HakoError('invalid', `${this.#path} has more than ${MAX_ENTRIES} files: it is no image`);
      const name = clean(entry.name);
      if (entry.type === 'file') this.#entries.set(name, { offset: position, size: entry.size });
      else if (entry.type === 'hardlink') this.#links.set(name, clean(entry.linkName));
      else if (entry.type === 'symlink') this.#links.set(name, clean(posix.join(posix.dirname(name), entry.linkName)));
    }
  }

  /** Size of a file, through links; undefined where there is none. */
  find(name: string): { offset: number; size: number } | undefined {
    let current = clean(name);
    for (let count = 0; count < MAX_LINKS; count++) {
      const entry = this.#entries.get(current);
      const target = this.#links.get(current);
      if (entry !== undefined || target === undefined) return entry;
      current = target;
    }
    return undefined;
  }

  read(name: string): Buffer | undefined {
    const entry = this.find(name);
    if (entry === undefined) return undefined;
    if (entry.size > MAX_DOCUMENT_BYTES)
      throw new HakoError('invalid', `${name} in the archive is too large for a document`);
    const bytes = Buffer.alloc(entry.size);
    const fd = openSync(this.#path, 'r');
    try {
      const count = readSync(fd, bytes, 0, entry.size, entry.offset);
      return bytes.subarray(0, count);
    } finally {
      closeSync(fd);
    }
  }

  open(name: string, { start, end }: { start: number; end: number }): Readable {
    const entry = this.find(name);
    if (entry === undefined) throw new HakoError('not_found', `the archive does not hold ${name}`);
    const last = Math.min(end, entry.size - 1);
    return createReadStream(this.#path, {
      start: entry.offset + start,
      end: entry.offset + last,
      highWaterMark: 1 << 18,
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope.disposeAsync();
  }
}

function clean(name: string): string {
  return posix.normalize(`/${name}`).slice(1);
}

async function decompressed(path: string, scope: AsyncDisposableStack): Promise<string> {
  const start = Buffer.alloc(8);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, start);
  } finally {
    closeSync(fd);
  }
  const compression = compressionOf(start);
  if (compression === 'none') return path;
  if (compression !== 'gzip' && compression !== 'zstd')
    throw new HakoError('unsupported', `${path} is compressed with ${compression}: unpack it first`);
  const folder = scope.use(new ScratchFolder(tmpdir()));
  const target = join(folder.path, 'archive.tar');
  const decompressor = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  await pipeline(createReadStream(path), decompressor, createWriteStream(target));
  return target;
}
