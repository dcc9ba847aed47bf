import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Digest, digestHex, errorMessage, HakoError, ignoring, isDigest, log, sha256 } from '#base';
import { type Compression, compressionOf, type LayerFacts } from '#system/rootfs';
import { fsyncFile, fsyncFolder } from './durable.ts';
import { Ingest } from './ingest.ts';
import { Lease, LeaseCounts } from './lease.ts';

const STALE_INGEST_MS = 7 * 24 * 3600 * 1000;
const SECTOR_BYTES = 512;
/** Deleted in less than a millisecond. */
const SMALL_BYTES = 4 * 2 ** 20;
const LAYOUT = '{"imageLayoutVersion":"1.0.0"}';

/**
 * Blobs by their digest, in the folder layout of the OCI image spec (image-layout.md): blobs/sha256/<hex>. A blob appears whole and
 * durable, or not at all: everything is written under ingest/ and renamed.
 */
export class ContentStore {
  readonly dir: string;
  readonly #leases = new LeaseCounts();
  readonly #deletions = new Set<Promise<void>>();

  constructor(dir: string) {
    this.dir = dir;
    for (const folder of ['ingest', 'blobs/sha256', 'blobs/sha512'])
      mkdirSync(join(dir, folder), { recursive: true, mode: 0o700 });
    if (!existsSync(join(dir, 'oci-layout'))) writeFileSync(join(dir, 'oci-layout'), LAYOUT, { mode: 0o600 });
  }

  /** Where the blob is, or will be. */
  pathOf(digest: Digest): string {
    if (!isDigest(digest)) throw new HakoError('invalid', `"${digest}" is not a digest`);
    return join(this.dir, 'blobs', digest.slice(0, digest.indexOf(':')), digestHex(digest));
  }

  has(digest: Digest): boolean {
    return existsSync(this.pathOf(digest));
  }

  /** Throws `not_found`. */
  sizeOf(digest: Digest): number {
    return this.#found(digest, () => statSync(this.pathOf(digest)).size);
  }

  /** A small blob (a manifest, a configuration). Throws `not_found`. */
  read(digest: Digest): Buffer {
    return this.#found(digest, () => readFileSync(this.pathOf(digest)));
  }

  /** What the first bytes of a blob say about its compression. */
  compressionOf(digest: Digest): Compression {
    const start = Buffer.alloc(8);
    const fd = this.#found(digest, () => openSync(this.pathOf(digest), 'r'));
    try {
      return compressionOf(start.subarray(0, readSync(fd, start)));
    } finally {
      closeSync(fd);
    }
  }

  /** As `compressionOf`, of a layer; throws `unsupported` where images have no such layers. */
  layerCompressionOf(digest: Digest): LayerFacts['compression'] {
    const compression = this.compressionOf(digest);
    if (compression === 'none' || compression === 'gzip' || compression === 'zstd') return compression;
    throw new HakoError(
      'unsupported',
      `layer ${digest} is compressed with ${compression}: images have gzip or zstd layers`,
    );
  }

  stream(digest: Digest, range: { start?: number; end?: number } = {}): Readable {
    return createReadStream(this.pathOf(digest), { ...range, highWaterMark: 1 << 18 });
  }

  /** Stores a small blob that is at hand. */
  put(bytes: string | Buffer): Digest {
    const digest = sha256(bytes);
    if (this.has(digest)) return digest;
    const path = this.temporaryPath();
    writeFileSync(path, bytes, { mode: 0o600, flush: true });
    this.adopt(path, digest);
    return digest;
  }

  /** A path under ingest/ for a file that `adopt` will take. Recovery removes what is left there. */
  temporaryPath(): string {
    return join(this.dir, 'ingest', `tmp-${randomBytes(12).toString('hex')}`);
  }

  /** A new folder under ingest/, for a program that wants one. Recovery removes it where the caller could not. */
  temporaryDir(): string {
    const path = this.temporaryPath();
    mkdirSync(path, { mode: 0o711 });
    return path;
  }

  /** Makes a file the blob `digest`. The caller has computed that digest from it and made it durable. */
  adopt(path: string, digest: Digest): void {
    if (this.#moveIn(path, digest)) fsyncFolder(join(this.pathOf(digest), '..'));
  }

  /** As `adopt`, off the event loop: a disk that is busy writing layers makes everybody wait who syncs. */
  async adoptLater(path: string, digest: Digest): Promise<void> {
    if (this.#moveIn(path, digest)) await fsyncFile(join(this.pathOf(digest), '..'));
  }

  /** As `adopt`, for files that are not known to be on disk yet. */
  async adoptDurably(path: string, digest: Digest): Promise<void> {
    await fsyncFile(path);
    await this.adoptLater(path, digest);
  }

  /** False where the blob was there already. */
  #moveIn(path: string, digest: Digest): boolean {
    const target = this.pathOf(digest);
    if (existsSync(target)) {
      rmSync(path);
      return false;
    }
    renameSync(path, target);
    return true;
  }

  /** Opens a download that goes on where an earlier one with the same `reference` broke off. */
  ingest(reference: string, algorithm: 'sha256' | 'sha512' = 'sha256'): Promise<Ingest> {
    const path = this.#ingestPath(reference, algorithm);
    return Ingest.open(path, algorithm, (from, digest) => this.adoptLater(from, digest));
  }

  /** Opens the file of a download that is under way, to read along; undefined where there is none. The caller closes it. */
  openIngest(reference: string, algorithm: 'sha256' | 'sha512' = 'sha256'): number | undefined {
    return ignoring('ENOENT', () => openSync(this.#ingestPath(reference, algorithm), 'r'));
  }

  #ingestPath(reference: string, algorithm: 'sha256' | 'sha512'): string {
    return join(this.dir, 'ingest', `ref-${digestHex(sha256(`${algorithm} ${reference}`)).slice(0, 32)}`);
  }

  /** Keeps blobs from being collected while they are being put together. */
  lease(): Lease {
    return new Lease(this.#leases);
  }

  isLeased(digest: Digest): boolean {
    return this.#leases.isHeld(digest);
  }

  /**
   * Takes a blob away; answers what it took on disk, 0 where it was not there. It is out of sight at once; a large one is deleted off
   * the event loop, since the kernel takes a tenth of a second for a gigabyte. What a killed process leaves, recovery deletes.
   */
  remove(digest: Digest): number {
    const path = this.pathOf(digest);
    const size = (ignoring('ENOENT', () => statSync(path).blocks) ?? 0) * SECTOR_BYTES;
    if (size <= SMALL_BYTES) {
      rmSync(path, { force: true });
      return size;
    }
    const hidden = this.temporaryPath();
    renameSync(path, hidden);
    const deletion = rm(hidden, { force: true })
      .catch((error: unknown) => log.warn('cannot delete a blob', { path: hidden, error: errorMessage(error) }))
      .finally(() => this.#deletions.delete(deletion));
    this.#deletions.add(deletion);
    return size;
  }

  /** Resolves when what was removed is deleted. */
  async settled(): Promise<void> {
    await Promise.all(this.#deletions);
  }

  list(): Digest[] {
    return (['sha256', 'sha512'] as const).flatMap((algorithm) => {
      return readdirSync(join(this.dir, 'blobs', algorithm))
        .map((hex): Digest => `${algorithm}:${hex}`)
        .filter(isDigest);
    });
  }

  /** Removes what a killed process left: unfinished files of ours at once, resumable downloads after a week. */
  recover(nowMs: number): void {
    for (const name of readdirSync(join(this.dir, 'ingest'))) {
      const path = join(this.dir, 'ingest', name);
      const isFresh = name.startsWith('ref-') && nowMs - statSync(path).mtimeMs < STALE_INGEST_MS;
      if (!isFresh) rmSync(path, { recursive: true, force: true });
    }
  }

  #found<T>(digest: Digest, work: () => T): T {
    const result = ignoring('ENOENT', work);
    if (result === undefined) throw new HakoError('not_found', `blob ${digest} is not in the content store`);
    return result;
  }
}
