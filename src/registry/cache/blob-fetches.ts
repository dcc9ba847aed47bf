import { readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestHex, ignoring, sha256 } from '#base';
import { Ingest } from '#images/content';
import { RegistryError } from '../errors.ts';
import { adoptLink } from '../storage/adopt-link.ts';
import type { FetchedContent } from '../storage/fetched-content.ts';
import { FreeSpace } from '../storage/free-space.ts';
import { BlobFetch } from './blob-fetch.ts';
import type { Upstream } from './upstream.ts';

/** Blobs that come at a time; each costs a connection and a file. */
const MAX_FETCHES = 64;
/** Recovery of the content store keeps young files with the prefix `ref-`; pulls of the daemon have other names. */
const PREFIX = 'ref-cache-';

/** Makes a blob that came for one repository another's too. */
type Share = (repository: string, digest: Digest, from: string) => Promise<void>;

/** Blobs on their way from the upstream: each once, however many ask for it. */
export class BlobFetches implements AsyncDisposable {
  readonly #upstream: Upstream;
  readonly #kept: FetchedContent;
  readonly #space: FreeSpace;
  readonly #fetches = new Map<Digest, BlobFetch>();
  readonly #endings = new Set<Promise<void>>();
  readonly #share: Share;
  fetchedBytes = 0;

  constructor(upstream: Upstream, kept: FetchedContent, share: Share) {
    this.#upstream = upstream;
    this.#kept = kept;
    this.#share = share;
    this.#space = new FreeSpace(kept.content.dir);
  }

  /** The fetch of a blob that is under way. */
  find(digest: Digest): BlobFetch | undefined {
    return this.#fetches.get(digest);
  }

  /** Begins one, or joins it. Throws TOOMANYREQUESTS. */
  fetch(repository: string, digest: Digest, sizeBytes: number): BlobFetch {
    const found = this.#fetches.get(digest);
    if (found !== undefined) return found;
    if (this.#fetches.size >= MAX_FETCHES) {
      const message = `${MAX_FETCHES} blobs are coming from ${this.#upstream.name} already: try again`;
      throw new RegistryError('TOOMANYREQUESTS', message, { headers: { 'Retry-After': '1' } });
    }
    const fetch = this.#begin(repository, digest, sizeBytes);
    this.#fetches.set(digest, fetch);
    const ending = this.#end(fetch, digest).finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
    return fetch;
  }

  /** It is to be found here until all have it who asked. */
  async #end(fetch: BlobFetch, digest: Digest): Promise<void> {
    await fetch.done;
    this.#kept.meter.setUnderWay(digest, undefined);
    for (const repository of fetch.isWhole ? fetch.repositories : [])
      if (repository !== fetch.repository) await this.#share(repository, digest, fetch.repository);
    this.#fetches.delete(digest);
  }

  /** Resolves when what has come whole by now is on the disk, and counts as what it is. */
  async settled(): Promise<void> {
    await Promise.all(this.#fetches.values().map((fetch) => (fetch.isWhole ? fetch.done : undefined)));
  }

  #begin(repository: string, digest: Digest, sizeBytes: number): BlobFetch {
    const { content, meter } = this.#kept;
    const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256';
    const path = join(content.dir, 'ingest', nameOf(digest));
    this.#kept.makeRoom(repository, sizeBytes);
    meter.setUnderWay(digest, sizeBytes);
    return new BlobFetch({
      upstream: this.#upstream,
      space: this.#space,
      repository,
      digest,
      sizeBytes,
      path,
      openIngest: () => Ingest.open(path, algorithm, (file, stored) => adoptLink(content, file, stored)),
      onBytes: (bytes) => {
        this.fetchedBytes += bytes;
      },
      store: async (ingest) => {
        await this.#kept.storeBlob(repository, digest, ingest);
        // It counts as what is stored now, and not twice.
        meter.setUnderWay(digest, undefined);
        await rm(path, { force: true });
      },
    });
  }

  /** Bytes of blobs that broke off, and that nobody asked for again since `beforeMs`. */
  forgetOld(beforeMs: number): void {
    const dir = join(this.#kept.content.dir, 'ingest');
    const busy = new Set(this.#fetches.keys().map(nameOf));
    for (const name of readdirSync(dir)) {
      if (!name.startsWith(PREFIX) || busy.has(name)) continue;
      const path = join(dir, name);
      const touchedMs = ignoring('ENOENT', () => statSync(path).mtimeMs);
      if (touchedMs !== undefined && touchedMs < beforeMs) rmSync(path, { force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#fetches.values().map((fetch) => fetch.cancel()));
    await Promise.all(this.#endings);
  }
}

function nameOf(digest: Digest): string {
  return `${PREFIX}${digestHex(sha256(digest)).slice(0, 32)}`;
}
