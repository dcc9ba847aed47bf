import { rm } from 'node:fs/promises';
import { type Digest, isHakoError } from '#base';
import { type ContentStore, Ingest } from '#images/content';
import type { Upload } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import { adoptLink } from './adopt-link.ts';
import type { FreeSpace } from './free-space.ts';
import type { UsageMeter } from './usage.ts';

type Algorithm = 'sha256' | 'sha512';

/** Makes what was written the blob `digest` of the repository; throws `invalid` where it is another. */
export type StoreBlob = (repository: string, digest: Digest, ingest: Ingest) => Promise<void>;

export interface UploadSessionParts {
  id: string;
  repository: string;
  path: string;
  content: ContentStore;
  meter: UsageMeter;
  space: FreeSpace;
  store: StoreBlob;
}

/** One upload whose file is open, or was until it was put aside. */
export class UploadSession implements Upload, AsyncDisposable {
  readonly id: string;
  readonly #parts: UploadSessionParts;
  #ingest: Ingest | undefined;
  /** True once the file is no longer an upload: finished, refused or cancelled. */
  isOver = false;

  constructor(parts: UploadSessionParts) {
    this.#parts = parts;
    this.id = parts.id;
  }

  get offsetBytes(): number {
    return this.#ingest?.offset ?? 0;
  }

  /** Opens the file where it is closed, and so learns its digest and length. */
  async opened(algorithm: Algorithm = 'sha256'): Promise<this> {
    const { path, content } = this.#parts;
    this.#ingest ??= await Ingest.open(path, algorithm, (file, digest) => adoptLink(content, file, digest));
    return this;
  }

  async append(source: AsyncIterable<Buffer>): Promise<void> {
    const { repository, meter, space } = this.#parts;
    for await (const chunk of source) {
      meter.checkUpload(repository, this.id, this.offsetBytes + chunk.length);
      space.take(chunk.length);
      await this.#write(chunk);
      meter.setUnderWay(this.id, this.offsetBytes);
    }
  }

  async finish(digest: Digest): Promise<void> {
    const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256';
    this.#parts.meter.checkUpload(this.#parts.repository, this.id, this.offsetBytes);
    if (algorithm === 'sha512') await this.#reopen(algorithm);
    if (this.#ingest === undefined) throw new Error('the upload is closed');
    this.#end();
    try {
      await this.#parts.store(this.#parts.repository, digest, this.#ingest);
      await rm(this.#parts.path, { force: true });
    } catch (error) {
      await this.#ingest.abort();
      if (!isHakoError(error, 'invalid')) throw error;
      throw new RegistryError('DIGEST_INVALID', error.message, { cause: error });
    }
  }

  async cancel(): Promise<void> {
    await this.opened();
    this.#end();
    await this.#ingest?.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ingest = this.#ingest;
    this.#ingest = undefined;
    await ingest?.[Symbol.asyncDispose]();
  }

  #end(): void {
    this.isOver = true;
    this.#parts.meter.setUnderWay(this.id, undefined);
  }

  /** After a write that failed halfway only the disk knows how much is there. */
  async #write(chunk: Buffer): Promise<void> {
    try {
      await this.#ingest?.write(chunk);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #reopen(algorithm: Algorithm): Promise<void> {
    await this[Symbol.asyncDispose]();
    await this.opened(algorithm);
  }
}
