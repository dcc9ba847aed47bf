import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Digest, HakoError } from '#base';

const READ_BYTES = 1 << 18;

/** A blob that is being written. What was written stays when the process dies, and `open` goes on from there. */
export class Ingest implements AsyncDisposable {
  readonly #path: string;
  readonly #algorithm: 'sha256' | 'sha512';
  readonly #adopt: (path: string, digest: Digest) => unknown;
  readonly #file: FileHandle;
  #hash: Hash;
  #offset = 0;
  #open = true;

  private constructor(
    path: string,
    algorithm: 'sha256' | 'sha512',
    file: FileHandle,
    adopt: (path: string, digest: Digest) => unknown,
  ) {
    this.#path = path;
    this.#algorithm = algorithm;
    this.#file = file;
    this.#adopt = adopt;
    this.#hash = createHash(algorithm);
  }

  /** Opens the file and hashes what it has already. */
  static async open(
    path: string,
    algorithm: 'sha256' | 'sha512',
    adopt: (path: string, digest: Digest) => unknown,
  ): Promise<Ingest> {
    const ingest = new Ingest(path, algorithm, await open(path, 'a+', 0o600), adopt);
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    for (;;) {
      const { bytesRead } = await ingest.#file.read(buffer, 0, READ_BYTES, ingest.#offset);
      if (bytesRead === 0) return ingest;
      ingest.#count(buffer.subarray(0, bytesRead));
    }
  }

  /** Bytes that are there: a download continues at this offset. */
  get offset(): number {
    return this.#offset;
  }

  async write(chunk: Buffer): Promise<void> {
    for (let start = 0; start < chunk.length; ) {
      const { bytesWritten } = await this.#file.write(chunk, start);
      start += bytesWritten;
    }
    this.#count(chunk);
  }

  /** Many pieces in one write. */
  async writeAll(chunks: readonly Buffer[]): Promise<void> {
    let { bytesWritten: written } = await this.#file.writev(chunks);
    for (const chunk of chunks) {
      const done = Math.min(written, chunk.length);
      written -= done;
      this.#count(chunk.subarray(0, done));
      if (done < chunk.length) await this.write(chunk.subarray(done));
    }
  }

  /** Forgets what was written: the source cannot continue where it broke off. */
  async restart(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash(this.#algorithm);
    this.#offset = 0;
  }

  /** The digest of what was written. Throws `invalid`, and forgets the bytes, where they are not what was expected. */
  async verify(expected?: { digest: Digest; sizeBytes?: number }): Promise<Digest> {
    const digest = `${this.#algorithm}:${this.#hash.copy().digest('hex')}` as Digest;
    const rightSize = expected?.sizeBytes === undefined || expected.sizeBytes === this.#offset;
    if (expected === undefined || (expected.digest === digest && rightSize)) return digest;
    await this.abort();
    throw new HakoError('invalid', `the received bytes have the digest ${digest}, expected was ${expected.digest}`);
  }

  /** Makes it a blob, once it is on the disk. Throws as `verify`. */
  async commit(expected?: { digest: Digest; sizeBytes?: number }): Promise<Digest> {
    const digest = await this.verify(expected);
    await this.#file.sync();
    await this.#close();
    await this.#adopt(this.#path, digest);
    return digest;
  }

  /** Gives up and removes the file. */
  async abort(): Promise<void> {
    await this.#close();
    await rm(this.#path, { force: true });
  }

  /** Closes; what was written stays for a later `open`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }

  #count(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#offset += chunk.length;
  }
}
