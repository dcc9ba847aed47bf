import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Digest, errorMessage, HakoError, log } from '#base';
import type { Ingest } from '#images/content';
import { RegistryError } from '../errors.ts';
import type { FreeSpace } from '../storage/free-space.ts';
import { GatheredWrites } from './gathered-writes.ts';
import { Growth } from './growth.ts';
import { type IncomingBlob, type Upstream, UpstreamAway, UpstreamBroken } from './upstream.ts';

/** Connections in a row that may break without having brought anything. */
const MAX_BARREN = 4;
const FIRST_PAUSE_MS = 250;

export interface BlobFetchParts {
  upstream: Upstream;
  repository: string;
  digest: Digest;
  /** As the manifest or the upstream says. */
  sizeBytes: number;
  /** Opens the file, which may hold what an earlier fetch brought. */
  openIngest: () => Promise<Ingest>;
  path: string;
  space: FreeSpace;
  onBytes: (bytes: number) => void;
  /** Makes what came a blob of the repository. */
  store: (ingest: Ingest) => Promise<void>;
}

/**
 * A blob on its way from the upstream to the disk. Any number of clients read the file while it grows, and none of them holds it up: it
 * comes as fast as the upstream and the disk are, and goes on when they leave. Its last byte is shown only when the digest is verified,
 * so nobody ever gets the whole of something wrong; but nobody waits for the disk to have it: who asks again before it has reads along.
 */
export class BlobFetch {
  readonly repository: string;
  readonly sizeBytes: number;
  /** All that asked for it, and that have it at the upstream. */
  readonly repositories: Set<string>;
  readonly #parts: BlobFetchParts;
  readonly #growth = new Growth();
  readonly #begun = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #isWhole = false;
  /** Settles when it has ended, well or not. */
  readonly done: Promise<void>;

  constructor(parts: BlobFetchParts) {
    this.#parts = parts;
    this.repository = parts.repository;
    this.sizeBytes = parts.sizeBytes;
    this.repositories = new Set([parts.repository]);
    this.#begun.promise.catch(() => undefined);
    this.done = this.#run();
  }

  /** Resolves when the upstream has begun to send. Rejects where it has no such blob, or is away. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

  /** True when all of it came and is right: only the disk is waited for. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** A handle of one's own on the file. To be called when it has begun. */
  openFile(): Promise<FileHandle> {
    return open(this.#parts.path, 'r');
  }

  arrived(positionBytes: number): Promise<number> {
    return this.#growth.beyond(positionBytes);
  }

  /** Breaks it off; what came stays for the next time. */
  async cancel(): Promise<void> {
    this.#stop.abort();
    await this.done;
  }

  async #run(): Promise<void> {
    try {
      await this.#fetch();
      this.#growth.end();
    } catch (error) {
      this.#begun.reject(error);
      this.#growth.end(error);
    }
  }

  async #fetch(): Promise<void> {
    await using ingest = await this.#parts.openIngest();
    const { sizeBytes } = this.#parts;
    if (ingest.offset > sizeBytes) await ingest.restart();
    // All of it may have come before we were killed.
    if (ingest.offset < sizeBytes) await this.#receiveAll(ingest);
    await this.#verify(ingest);
    this.#isWhole = true;
    this.#growth.reach(sizeBytes);
    this.#begun.resolve();
    await this.#store(ingest);
  }

  /** Goes on where a connection broke, as long as each brings something. */
  async #receiveAll(ingest: Ingest): Promise<void> {
    for (let barren = 0; ; ) {
      const before = ingest.offset;
      try {
        return await this.#receive(ingest);
      } catch (error) {
        if (!(error instanceof UpstreamBroken || error instanceof UpstreamAway)) throw error;
        barren = ingest.offset > before ? 0 : barren + 1;
        if (barren >= MAX_BARREN || this.#stop.signal.aborted) throw error;
        // The first answer of an upstream that is away must not be long in coming.
        if (error instanceof UpstreamAway && this.#growth.bytes === 0) throw error;
        if (barren > 0) await delay(FIRST_PAUSE_MS * 2 ** barren, undefined, { signal: this.#stop.signal });
      }
    }
  }

  async #receive(ingest: Ingest): Promise<void> {
    const { upstream, repository, digest, sizeBytes, space, onBytes } = this.#parts;
    using incoming = await upstream.openBlob(repository, digest, ingest.offset, this.#stop.signal);
    if (incoming === undefined) throw new RegistryError('BLOB_UNKNOWN', `${upstream.name} has no such blob`);
    this.#begin(incoming, ingest);
    let skipBytes = ingest.offset - incoming.offsetBytes;
    let endBytes = ingest.offset;
    const writes = new GatheredWrites(async (pieces) => {
      await ingest.writeAll(pieces);
      this.#show(ingest);
    });
    try {
      for await (const chunk of incoming.body) {
        const news = chunk.subarray(Math.min(skipBytes, chunk.length));
        skipBytes -= chunk.length - news.length;
        endBytes += news.length;
        if (endBytes > sizeBytes) throw this.#wrong('it does not end where it should');
        space.take(news.length);
        await writes.push(news);
        onBytes(news.length);
      }
    } finally {
      await writes.end();
    }
    if (ingest.offset < sizeBytes)
      throw new UpstreamBroken(`${upstream.name} ended the blob after ${ingest.offset} of ${sizeBytes} bytes`);
  }

  #begin(incoming: IncomingBlob, ingest: Ingest): void {
    const { sizeBytes } = this.#parts;
    if (incoming.offsetBytes > ingest.offset) throw this.#wrong('another part than was asked for');
    if (incoming.sizeBytes !== undefined && incoming.sizeBytes !== sizeBytes)
      throw this.#wrong(`it has ${incoming.sizeBytes} bytes, not ${sizeBytes}`);
    this.#show(ingest);
    this.#begun.resolve();
  }

  #show(ingest: Ingest): void {
    this.#growth.reach(Math.min(ingest.offset, this.#parts.sizeBytes - 1));
  }

  /** Whoever wanted it has it all, so nobody else hears of a failure. What came stays, and the next fetch tries again. */
  async #store(ingest: Ingest): Promise<void> {
    try {
      await this.#parts.store(ingest);
    } catch (error) {
      const { repository, digest } = this.#parts;
      log.warn('a fetched blob is not kept', { repository, digest, error: errorMessage(error) });
      throw error;
    }
  }

  /** What an earlier process kept may be damaged, so bytes that are wrong are forgotten: the next fetch begins anew. */
  async #verify(ingest: Ingest): Promise<void> {
    const { digest, sizeBytes } = this.#parts;
    try {
      await ingest.verify({ digest, sizeBytes });
    } catch (error) {
      throw error instanceof HakoError && error.code === 'invalid' ? this.#wrong(error.message) : error;
    }
  }

  #wrong(why: string): RegistryError {
    const { upstream, digest } = this.#parts;
    const message = `${upstream.name} sends something else for ${digest}: ${why}`;
    return new RegistryError('UNAVAILABLE', message, { status: 502 });
  }
}
