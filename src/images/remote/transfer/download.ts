import { type Digest, HakoError } from '#base';
import type { ContentStore, Ingest } from '../../content/mod.ts';
import { chunksOf } from '../http/body.ts';
import { TransientError } from '../http/network-error.ts';
import { openBlob } from '../registry/blobs.ts';
import type { EndpointClient } from '../registry/endpoint-client.ts';
import type { Repository } from '../registry/repository.ts';

/** A blob as a manifest describes it. */
export interface BlobDescription {
  digest: Digest;
  size: number;
}

export interface DownloadOptions {
  /** Called with the number of bytes that are there. */
  onBytes?: (bytes: number) => void;
  /** Called when all bytes are there, before they count. */
  onComplete?: () => void;
  signal?: AbortSignal;
}

/**
 * Fetches a blob into the content store, going on where an earlier attempt of this or an earlier process ended. Nothing is visible
 * before digest and size are verified. Throws `invalid` where the registry sends something else.
 */
export async function downloadBlob(
  repository: Repository,
  content: ContentStore,
  blob: BlobDescription,
  options: DownloadOptions = {},
): Promise<void> {
  try {
    await attempt(repository, content, blob, options);
  } catch (error) {
    if (!(error instanceof StaleError)) throw error;
    await attempt(repository, content, blob, options);
  }
}

/** Opens the file of a blob that `downloadBlob` is fetching, to read along; undefined where none is. */
export function openDownload(content: ContentStore, digest: Digest): number | undefined {
  return content.openIngest(digest, algorithmOf(digest));
}

function algorithmOf(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** Bytes that an earlier process kept may be damaged: then, and only then, all is fetched anew. */
class StaleError extends HakoError {}

async function attempt(
  repository: Repository,
  content: ContentStore,
  blob: BlobDescription,
  options: DownloadOptions,
): Promise<void> {
  await using ingest = await content.ingest(blob.digest, algorithmOf(blob.digest));
  if (ingest.offset > blob.size) await ingest.restart();
  const isResumed = ingest.offset > 0;
  if (ingest.offset < blob.size) {
    const receiver = new Receiver(repository, ingest, blob, options);
    await repository.with('pull', options.signal, (client) => receiver.receive(client));
  }
  options.onComplete?.();
  try {
    await ingest.commit({ digest: blob.digest, sizeBytes: blob.size });
  } catch (error) {
    if (!isResumed || !(error instanceof HakoError)) throw error;
    throw new StaleError(error.code, error.message, { cause: error });
  }
}

/** Receives one blob over as many connections as it takes. */
class Receiver {
  readonly #repository: Repository;
  readonly #ingest: Ingest;
  readonly #blob: BlobDescription;
  readonly #options: DownloadOptions;
  /** The farthest that any connection came: whoever gets no farther makes no progress. */
  #farthest: number;

  constructor(repository: Repository, ingest: Ingest, blob: BlobDescription, options: DownloadOptions) {
    this.#repository = repository;
    this.#ingest = ingest;
    this.#blob = blob;
    this.#options = options;
    this.#farthest = ingest.offset;
  }

  /** A connection that breaks after some progress is followed by the next at once; one without counts as an attempt. */
  async receive(client: EndpointClient): Promise<void> {
    for (;;) {
      try {
        return await this.#receiveOnce(client);
      } catch (error) {
        if (!(error instanceof TransientError) || this.#ingest.offset <= this.#farthest) throw error;
        this.#farthest = this.#ingest.offset;
      }
    }
  }

  async #receiveOnce(client: EndpointClient): Promise<void> {
    const { digest, size } = this.#blob;
    const ingest = this.#ingest;
    const open = await openBlob(client, this.#repository, digest, ingest.offset, this.#options.signal);
    if (open === undefined) {
      await ingest.restart();
      throw new TransientError(
        'unavailable',
        `the registry's blob ${digest} is shorter than the ${size} of the manifest`,
      );
    }
    const { answer, offset } = open;
    try {
      if (offset !== ingest.offset) await ingest.restart();
      for await (const chunk of chunksOf(answer)) {
        if (ingest.offset + chunk.length > size)
          throw new HakoError(
            'invalid',
            `the registry sends more bytes of blob ${digest} than the ${size} of the manifest`,
          );
        await ingest.write(chunk);
        this.#options.onBytes?.(ingest.offset);
      }
    } finally {
      answer.body.destroy();
    }
    if (ingest.offset < size)
      throw new TransientError('unavailable', `blob ${digest} ended after ${ingest.offset} of ${size} bytes`);
  }
}
