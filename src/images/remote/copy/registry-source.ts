import { Readable } from 'node:stream';
import { type Digest, isHakoError } from '#base';
import { formatReference, type Reference } from '../../reference.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { chunksOf } from '../http/body.ts';
import { TransientError } from '../http/network-error.ts';
import { fetchDescribed } from '../pull/choose.ts';
import { openBlob } from '../registry/blobs.ts';
import { type FetchedManifest, fetchManifest } from '../registry/manifests.ts';
import { listReferrers, type Referrer } from '../registry/referrers.ts';
import { type RemoteOptions, Repository } from '../registry/repository.ts';
import type { CopySource } from './contract.ts';

export class RegistrySource implements CopySource {
  readonly repository: Repository;
  readonly name: string;
  readonly #reference: Reference;
  readonly #signal: AbortSignal | undefined;

  constructor(reference: Reference, options: RemoteOptions, signal?: AbortSignal) {
    this.#reference = reference;
    this.#signal = signal;
    this.name = formatReference(reference);
    this.repository = new Repository(reference, options);
  }

  top(): Promise<FetchedManifest> {
    const { digest, tag = 'latest' } = this.#reference;
    return fetchManifest(this.repository, digest ?? tag, this.#signal);
  }

  manifest(descriptor: Descriptor): Promise<FetchedManifest> {
    return fetchDescribed(this.repository, descriptor, this.#signal);
  }

  referrers(digest: Digest): Promise<Referrer[]> {
    return listReferrers(this.repository, digest, this.#signal ? { signal: this.#signal } : {});
  }

  async tagged(tag: string): Promise<FetchedManifest | undefined> {
    try {
      return await fetchManifest(this.repository, tag, this.#signal);
    } catch (error) {
      if (isHakoError(error, 'not_found')) return undefined;
      throw error;
    }
  }

  open(blob: Descriptor, range: { start: number; end: number }): Readable {
    return Readable.from(this.#bytes(blob, range.start, range.end + 1), { objectMode: false, highWaterMark: 1 << 18 });
  }

  /** Goes on where a connection broke, as long as each brings something. */
  async *#bytes({ digest }: Descriptor, start: number, end: number): AsyncGenerator<Buffer> {
    for (let offset = start; offset < end; ) {
      const before = offset;
      try {
        for await (const chunk of this.#connection(digest, offset, end)) {
          offset += chunk.length;
          yield chunk;
        }
      } catch (error) {
        if (!(error instanceof TransientError) || offset === before) throw error;
      }
      if (offset === before) throw ended(digest, offset, end);
    }
  }

  /** What one connection brings of the bytes from `start` to before `end`. */
  async *#connection(digest: Digest, start: number, end: number): AsyncGenerator<Buffer> {
    const { answer, offset } = await this.repository.with('pull', this.#signal, async (client) => {
      const open = await openBlob(client, this.repository, digest, start, this.#signal);
      if (open === undefined) throw ended(digest, start, end);
      return open;
    });
    let position = offset;
    try {
      for await (const chunk of chunksOf(answer)) {
        const wanted = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
        position += chunk.length;
        if (wanted.length > 0) yield wanted;
        if (position >= end) return;
      }
    } finally {
      answer.body.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.repository[Symbol.dispose]();
  }
}

function ended(digest: Digest, offset: number, end: number): TransientError {
  return new TransientError('unavailable', `blob ${digest} ended after ${offset} of ${end} bytes`);
}
