/** Where a worker's bytes go: standard output, or a blob file with its digests. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Compressor, LayerFacts } from './contract.ts';
import { Compression, OWN_COMPRESSOR } from './recipe/compressor.ts';

/** Writes all of `chunk`. */
export function writeAll(fd: number, chunk: Buffer): void {
  for (let start = 0; start < chunk.length; ) start += writeSync(fd, chunk, start);
}

/** Counts and hashes the bytes that pass. */
export class Digester {
  readonly #algorithm: 'sha256' | 'sha512';
  readonly #hash: Hash;
  bytes = 0;

  constructor(algorithm: 'sha256' | 'sha512' = 'sha256') {
    this.#algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  update(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.bytes += chunk.length;
  }

  /** `sha256:…`; once only. */
  digest(): string {
    return `${this.#algorithm}:${this.#hash.digest('hex')}`;
  }
}

/** A blob file that is being written. Opened outside of the root, so that it may lie there. */
export class BlobFile {
  readonly #fd: number;
  readonly #digester = new Digester();

  constructor(path: string) {
    this.#fd = openSync(path, 'wx', 0o600);
  }

  write(chunk: Buffer): void {
    this.#digester.update(chunk);
    writeAll(this.#fd, chunk);
  }

  /** Makes the bytes durable; answers what they are. */
  finish(): Pick<LayerFacts, 'blobDigest' | 'blobBytes'> {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    return { blobDigest: this.#digester.digest(), blobBytes: this.#digester.bytes };
  }
}

/** Compresses a tar into a blob file; digests both sides. */
export class CompressedBlob {
  readonly #file: BlobFile;
  readonly #tar = new Digester();
  readonly #compression: Compression;
  readonly #format: LayerFacts['compression'];

  constructor(path: string, compressor: Compressor = OWN_COMPRESSOR) {
    this.#file = new BlobFile(path);
    this.#format = compressor.format;
    this.#compression = new Compression(compressor, (chunk) => this.#file.write(chunk));
  }

  async write(chunk: Buffer): Promise<void> {
    this.#tar.update(chunk);
    await this.#compression.write(chunk);
  }

  async finish(): Promise<Omit<LayerFacts, 'contentBytes'>> {
    await this.#compression.finish();
    return { ...this.#file.finish(), compression: this.#format, diffId: this.#tar.digest() };
  }
}
