import { Readable } from 'node:stream';
import { type Digest, HakoError, isHakoError, log } from '#base';
import type { RequestBody } from '../http/exchange.ts';
import { TransientError } from '../http/network-error.ts';
import { statBlob } from '../registry/blobs.ts';
import type { EndpointClient } from '../registry/endpoint-client.ts';
import type { Repository } from '../registry/repository.ts';
import { UploadClient, type UploadState } from '../registry/uploads.ts';
import type { UploadSessions } from './upload-sessions.ts';

/** Bytes that can be read again from any place. */
export interface BlobSource {
  digest: Digest;
  size: number;
  open(range: { start: number; end: number }): Readable;
  /** Called before the first `open`, once it is known that the bytes are needed. */
  prepare?(): Promise<void>;
}

export interface UploadOptions {
  /** Paths of repositories at the same registry that have the blob, as far as we know. */
  mountFrom: readonly string[];
  sessions: UploadSessions;
  onBytes?: (bytes: number) => void;
  signal?: AbortSignal;
}

export type UploadResult = { kind: 'exists' } | { kind: 'mounted'; from: string } | { kind: 'pushed' };

/** Blobs up to this size go in one request; of larger ones at most so much is sent twice after a break. */
const CHUNK_BYTES = 32 * 2 ** 20;
const MAX_MOUNTS = 3;

/** Brings a blob into a repository, in the cheapest way that the registry offers. */
export async function uploadBlob(
  repository: Repository,
  source: BlobSource,
  options: UploadOptions,
): Promise<UploadResult> {
  if ((await statBlob(repository, source.digest, options.signal)) !== undefined) return { kind: 'exists' };
  for (const from of options.mountFrom.slice(0, MAX_MOUNTS)) {
    if (await mount(repository, source.digest, from, options.signal)) return { kind: 'mounted', from };
  }
  await source.prepare?.();
  const uploader = new Uploader(repository, source, options);
  await repository.with('push', options.signal, (client) => uploader.send(client));
  return { kind: 'pushed' };
}

/** A mount is a wish: whatever the registry answers, the blob can still be sent. */
async function mount(repository: Repository, digest: Digest, from: string, signal?: AbortSignal): Promise<boolean> {
  try {
    return await repository.with('push', signal, async (client) => {
      return (await new UploadClient(client, repository, signal).begin({ digest, from })) === undefined;
    });
  } catch (error) {
    if (signal?.aborted || !isHakoError(error)) throw error;
    log.debug('registry did not mount a blob', { digest, from, error });
    return false;
  }
}

/** Sends one blob over as many connections as it takes. */
class Uploader {
  readonly #repository: Repository;
  readonly #source: BlobSource;
  readonly #options: UploadOptions;
  readonly #key: string;
  #farthest = 0;
  #reached = 0;

  constructor(repository: Repository, source: BlobSource, options: UploadOptions) {
    this.#repository = repository;
    this.#source = source;
    this.#options = options;
    this.#key = `${repository.domain}/${repository.path}`;
  }

  /** A break after some progress is followed by the next try at once; one without counts as an attempt. */
  async send(client: EndpointClient): Promise<void> {
    for (;;) {
      try {
        return await this.#sendOnce(new UploadClient(client, this.#repository, this.#options.signal));
      } catch (error) {
        if (!(error instanceof TransientError) || this.#reached <= this.#farthest) throw error;
        this.#farthest = this.#reached;
      }
    }
  }

  async #sendOnce(client: UploadClient): Promise<void> {
    const { digest, size } = this.#source;
    let state = (await this.#resumed(client)) ?? (await this.#begun(client));
    while (size - state.offset > CHUNK_BYTES) {
      state = await client.patch(state, this.#body(state.offset, state.offset + CHUNK_BYTES));
      this.#options.sessions.save(this.#key, digest, state.location.href);
      this.#reached = Math.max(this.#reached, state.offset);
    }
    await client.finish(state, digest, this.#body(state.offset, size));
    this.#options.sessions.forget(this.#key, digest);
  }

  async #begun(client: UploadClient): Promise<UploadState> {
    const state = await client.begin();
    if (state === undefined) throw new HakoError('invalid', `${this.#repository.domain} did not open an upload`);
    if (this.#source.size > CHUNK_BYTES)
      this.#options.sessions.save(this.#key, this.#source.digest, state.location.href);
    return state;
  }

  /** The upload that broke off, of this or an earlier process, as far as the registry still has it. */
  async #resumed(client: UploadClient): Promise<UploadState | undefined> {
    const { digest, size } = this.#source;
    const known = this.#options.sessions.find(this.#key, digest);
    if (known === undefined) return undefined;
    const location = URL.parse(known);
    const state = location === null ? undefined : await client.status(location);
    if (state !== undefined && state.offset <= size) return state;
    this.#options.sessions.forget(this.#key, digest);
    return undefined;
  }

  #body(start: number, end: number): RequestBody {
    const { open } = this.#source;
    const onBytes = this.#options.onBytes ?? (() => undefined);
    if (start === end) return { sizeBytes: 0, open: () => Readable.from([]) };
    return { sizeBytes: end - start, open: () => counted(open({ start, end: end - 1 }), start, onBytes) };
  }
}

function counted(stream: Readable, start: number, onBytes: (bytes: number) => void): Readable {
  const count = async function* () {
    let bytes = start;
    for await (const chunk of stream) {
      yield chunk as Buffer;
      bytes += (chunk as Buffer).length;
      onBytes(bytes);
    }
  };
  return Readable.from(count(), { objectMode: false, highWaterMark: 1 << 18 });
}
