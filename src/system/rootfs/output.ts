/** Where a worker's bytes go: standard output, or a blob file with its digests. */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createGzip } from 'node:zlib';
import type { LayerFacts } from './contract.ts';

/** Fast and still a third of the size; the event loop of this process has nothing else to do. */
const GZIP_LEVEL = 4;

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
export class GzipBlob {
  readonly #file: BlobFile;
  readonly #tar = new Digester();
  readonly #gzip = createGzip({ level: GZIP_LEVEL, chunkSize: 1 << 18 });
  #failure: unknown;

  constructor(path: string) {
    this.#file = new BlobFile(path);
    this.#gzip.on('error', (error) => {
      this.#failure ??= error;
    });
    this.#gzip.on('data', (chunk: Buffer) => this.#store(chunk));
  }

  #store(chunk: Buffer): void {
    try {
      this.#file.write(chunk);
    } catch (error) {
      this.#gzip.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#tar.update(chunk);
    if (!this.#gzip.write(chunk)) await once(this.#gzip, 'drain');
  }

  async finish(): Promise<Omit<LayerFacts, 'contentBytes'>> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#gzip.end();
    await once(this.#gzip, 'end');
    return { ...this.#file.finish(), compression: 'gzip', diffId: this.#tar.digest() };
  }
}
