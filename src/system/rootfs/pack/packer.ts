import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { ignoring } from '#base';
import type { IdRange } from '../../tree-mount.ts';
import { type ByteString, toPath } from '../bytes.ts';
import type { TarWriter } from '../tar/mod.ts';
import { describe, entryTypeOf, HardLinks } from './entry.ts';

const READ_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
const BUFFER_BYTES = 1 << 20;

/** Writes files into an archive. Bytes of the files it wrote are counted in `contentBytes`. */
export class Packer {
  readonly #tar: TarWriter;
  readonly #mapping: IdRange | undefined;
  readonly #links = new HardLinks();
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  contentBytes = 0;

  constructor(tar: TarWriter, mapping?: IdRange) {
    this.#tar = tar;
    this.#mapping = mapping;
  }

  /** Adds one file or folder (not what is in it) under `name`. Sockets are left out: tar has no word for them. */
  async add(path: ByteString, name: ByteString, stat: Stats): Promise<void> {
    const type = entryTypeOf(stat);
    if (type === undefined) return;
    const first = this.#links.earlier(path, stat, name);
    if (type === 'file' && first === undefined) return this.#addFile(path, name);
    const entry = ignoring('ENOENT', () => describe(path, name, type, stat, this.#mapping));
    if (entry === undefined) return;
    await this.#tar.entry(first === undefined ? entry : { ...entry, type: 'hardlink', linkName: first, size: 0 });
  }

  /** The size is taken from the open file: what is swapped or grows meanwhile cannot break the archive. */
  async #addFile(path: ByteString, name: ByteString): Promise<void> {
    const fd = ignoring(['ENOENT', 'ELOOP', 'ENXIO'], () => openSync(toPath(path), READ_FILE));
    if (fd === undefined) return;
    try {
      const stat = fstatSync(fd);
      if (!stat.isFile()) return;
      await this.#tar.entry(describe(path, name, 'file', stat, this.#mapping));
      await this.#copy(fd, stat.size);
      this.contentBytes += stat.size;
    } finally {
      closeSync(fd);
    }
  }

  async #copy(fd: number, size: number): Promise<void> {
    for (let left = size; left > 0; ) {
      const count = readSync(fd, this.#buffer, 0, Math.min(left, BUFFER_BYTES), null);
      const piece =
        count === 0 ? this.#buffer.fill(0, 0, Math.min(left, BUFFER_BYTES)) : this.#buffer.subarray(0, count);
      await this.#tar.data(piece.subarray(0, left));
      left -= Math.min(left, piece.length);
    }
  }
}
