/** Long on purpose: one adapter of one port, each method a few lines. */
import { type FileHandle, open } from 'node:fs/promises';
import { type Clock, type Digest, errnoCode, errorMessage, HakoError, log, systemClock } from '#base';
import type {
  Collected,
  CollectOptions,
  NewManifest,
  Page,
  Reference,
  ReferrerDescriptor,
  ReferrersFilter,
  RegistryStorage,
  StoredBlob,
  StoredManifest,
  Uploads,
  Usage,
} from '../contract.ts';
import { RegistryError } from '../errors.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { FetchedContent } from '../storage/fetched-content.ts';
import type { BlobFetch } from './blob-fetch.ts';
import { BlobFetches } from './blob-fetches.ts';
import { GuardedUpstream } from './guarded-upstream.ts';
import { TagChecks } from './tag-checks.ts';
import { type Upstream, UpstreamAway } from './upstream.ts';

/** A registry that is to be a cache of another. */
export interface CacheOptions {
  /** The cache takes it over, and closes it. */
  upstream: Upstream;
  /** How long a tag is believed before the upstream is asked about it again. */
  tagTtlMs: number;
  /** What nobody asked for in this time goes with the next collection. */
  maxAgeMs: number;
  clock?: Clock;
}

const AWAY = Symbol('away');

/**
 * A storage that has what its upstream has: what is not at hand is fetched, kept, and given out while it comes. Repositories that the
 * upstream does not cover, and everything while it is away, come from the storage behind it.
 */
export class CachingStorage implements RegistryStorage {
  readonly uploads: Uploads;
  readonly #inner: RegistryStorage;
  readonly #kept: FetchedContent;
  readonly #upstream: GuardedUpstream;
  readonly #fetches: BlobFetches;
  readonly #checks: TagChecks;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  #hits = 0;
  #misses = 0;

  constructor(
    inner: RegistryStorage,
    kept: FetchedContent,
    { upstream, tagTtlMs, maxAgeMs, clock = systemClock }: CacheOptions,
  ) {
    this.#inner = inner;
    this.#kept = kept;
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
    this.#upstream = new GuardedUpstream(upstream, clock);
    this.#fetches = new BlobFetches(upstream, kept, (...names) => this.#share(...names));
    this.#checks = new TagChecks(clock, tagTtlMs);
    this.uploads = inner.uploads;
  }

  cachedFrom(repository: string): string | undefined {
    const { upstream } = this.#upstream;
    return upstream.covers(repository) ? upstream.name : undefined;
  }

  /** Only those that something was fetched of: no registry lists what all others have. */
  repositories(page: Page): string[] {
    return this.#inner.repositories(page);
  }

  /** All that the upstream has; while it is away, those that were fetched. */
  async tags(repository: string, page: Page): Promise<string[] | undefined> {
    if (!this.#covers(repository)) return this.#inner.tags(repository, page);
    const key = `tags ${repository} ${page.after} ${page.limit}`;
    const found = await this.#upstream.askOr(undefined, key, (upstream) => upstream.tags(repository, page));
    return found ?? this.#inner.tags(repository, page);
  }

  async manifest(repository: string, reference: Reference): Promise<StoredManifest | undefined> {
    if (!this.#covers(repository)) return this.#inner.manifest(repository, reference);
    if (reference.tag !== undefined) return this.#tagged(repository, reference.tag);
    const found = await this.#inner.manifest(repository, reference);
    if (found !== undefined) return this.#hit(found);
    return this.#ask(() => this.#fetchManifest(repository, reference.digest));
  }

  putManifest(repository: string, manifest: NewManifest, tags: readonly string[]): Promise<void> {
    return this.#inner.putManifest(repository, manifest, tags);
  }

  deleteManifest(repository: string, reference: Reference): boolean {
    return this.#inner.deleteManifest(repository, reference);
  }

  /** What the upstream has; it is not kept, since nobody would tell us of the next signature. */
  async referrers(repository: string, subject: Digest, filter: ReferrersFilter): Promise<ReferrerDescriptor[]> {
    if (!this.#covers(repository)) return this.#inner.referrers(repository, subject, filter);
    const { artifactType, page } = filter;
    const found = await this.#upstream.askOr(AWAY, `referrers ${repository} ${subject} ${artifactType}`, (upstream) =>
      upstream.referrers(repository, subject, artifactType),
    );
    if (found === AWAY) return this.#inner.referrers(repository, subject, filter);
    const { after = '', limit } = page;
    const sorted = found.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
    return sorted
      .filter((each) => each.digest > after && (artifactType ?? each.artifactType) === each.artifactType)
      .slice(0, limit);
  }

  async blob(repository: string, digest: Digest): Promise<StoredBlob | undefined> {
    const found = await this.#inner.blob(repository, digest);
    if (!this.#covers(repository)) return found;
    if (found !== undefined) return this.#hit(found);
    const fetch = this.#fetches.find(digest);
    if (fetch?.isWhole && fetch.repositories.has(repository)) return this.#coming(repository, digest, fetch.sizeBytes);
    const sizeBytes = await this.#sizeOf(repository, digest);
    if (sizeBytes === undefined) return undefined;
    // Another repository had it fetched: this one may have it too, since the upstream says so.
    for (const home of this.#inner.homesOf(digest))
      if (await this.#inner.mountBlob(repository, digest, home)) return this.#inner.blob(repository, digest);
    return this.#coming(repository, digest, sizeBytes);
  }

  mountBlob(repository: string, digest: Digest, from: string): Promise<boolean> {
    return this.#inner.mountBlob(repository, digest, from);
  }

  homesOf(digest: Digest): string[] {
    return this.#inner.homesOf(digest);
  }

  deleteBlob(repository: string, digest: Digest): boolean {
    return this.#inner.deleteBlob(repository, digest);
  }

  usage(): Usage {
    const cache = { hits: this.#hits, misses: this.#misses, fetchedBytes: this.#fetches.fetchedBytes };
    return { ...this.#inner.usage(), cache };
  }

  async collect(options: CollectOptions): Promise<Collected> {
    await this.#fetches.settled();
    const evicted = await this.#kept.evict(this.#clock.nowMs() - this.#maxAgeMs);
    this.#fetches.forgetOld(this.#clock.nowMs() - options.uploadTtlMs);
    const collected = await this.#inner.collect(options);
    return { ...collected, manifests: collected.manifests + evicted };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fetches[Symbol.asyncDispose]();
    this.#kept.writeDownUse();
    await this.#upstream.upstream[Symbol.asyncDispose]();
    await this.#inner[Symbol.asyncDispose]();
  }

  #covers(repository: string): boolean {
    return this.#upstream.upstream.covers(repository);
  }

  #hit<T>(found: T): T {
    this.#hits++;
    return found;
  }

  /** Asks about the tag where that was not done lately. What the upstream no longer has is forgotten, but not while it is away. */
  async #tagged(repository: string, tag: string): Promise<StoredManifest | undefined> {
    if (!this.#checks.isFresh(repository, tag)) {
      const answer = await this.#upstream.askOr(AWAY, `tag ${repository}:${tag}`, async (upstream) => {
        const digest = await upstream.resolve(repository, tag);
        if (digest !== undefined) await this.#follow(repository, tag, digest);
        else this.#kept.untag(repository, tag);
        this.#checks.checked(repository, tag);
      });
      const found = await this.#inner.manifest(repository, { tag });
      if (answer === AWAY && found === undefined) throw this.#away();
      return found;
    }
    const found = await this.#inner.manifest(repository, { tag });
    return found === undefined ? undefined : this.#hit(found);
  }

  /** Points our tag where the upstream's points. */
  async #follow(repository: string, tag: string, digest: Digest | 'unsaid'): Promise<void> {
    if (digest !== 'unsaid') {
      if (this.#kept.tag(repository, tag, digest)) return void this.#hits++;
      const local = await this.#inner.manifest(repository, { digest });
      if (local !== undefined) return this.#kept.putManifest(repository, parseManifest(local), [tag]);
    }
    const fetched = await this.#fetchManifest(repository, digest === 'unsaid' ? tag : digest);
    if (fetched === undefined) this.#kept.untag(repository, tag);
    else this.#kept.tag(repository, tag, fetched.digest);
  }

  #fetchManifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    return this.#upstream.ask(`manifest ${repository} ${reference}`, async (upstream) => {
      this.#misses++;
      const manifest = await upstream.manifest(repository, reference);
      if (manifest === undefined) return undefined;
      this.#fetches.fetchedBytes += manifest.bytes.length;
      const parsed = parseFetched(manifest, upstream.name);
      await this.#settle(repository, manifest.bytes.length);
      this.#kept.makeRoom(repository, manifest.bytes.length);
      await this.#kept.putManifest(repository, parsed, []);
      return manifest;
    });
  }

  async #sizeOf(repository: string, digest: Digest): Promise<number | undefined> {
    const described = this.#kept.describedSize(repository, digest);
    if (described !== undefined) return described;
    return this.#ask(() =>
      this.#upstream.ask(`blob ${repository} ${digest}`, (upstream) => upstream.blobSize(repository, digest)),
    );
  }

  /** A blob that is fetched when it is opened: HEAD costs no download. */
  #coming(repository: string, digest: Digest, sizeBytes: number): StoredBlob {
    let arrived: ((positionBytes: number) => Promise<number>) | undefined;
    return {
      digest,
      sizeBytes,
      arrived: (positionBytes) => arrived?.(positionBytes) ?? Promise.resolve(sizeBytes),
      open: async () => {
        const found = this.#fetches.find(digest);
        if (found?.isWhole) this.#hits++;
        else this.#misses++;
        if (found === undefined) await this.#settle(repository, sizeBytes);
        const fetch = this.#fetches.fetch(repository, digest, sizeBytes);
        await this.#ask(() => fetch.begun);
        fetch.repositories.add(repository);
        arrived = (positionBytes) => fetch.arrived(positionBytes);
        return this.#openFetched(fetch, digest);
      },
    };
  }

  /** Where there is no room, what has just come must be stored first: before that nobody can let go of it. */
  async #settle(repository: string, bytes: number): Promise<void> {
    if (!this.#kept.meter.fits(repository, bytes)) await this.#fetches.settled();
  }

  /** The file of a fetch that has ended meanwhile is a blob by now. */
  async #openFetched(fetch: BlobFetch, digest: Digest): Promise<FileHandle> {
    try {
      return await fetch.openFile();
    } catch (error) {
      if (errnoCode(error) !== 'ENOENT') throw error;
      return await open(this.#kept.content.pathOf(digest), 'r');
    }
  }

  /** Makes a blob that came for one repository another's too; where that fails it is asked for again. */
  async #share(repository: string, digest: Digest, from: string): Promise<void> {
    try {
      await this.#inner.mountBlob(repository, digest, from);
    } catch (error) {
      log.debug('a fetched blob is not shared', { repository, digest, error: errorMessage(error) });
    }
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw error instanceof UpstreamAway ? this.#away(error) : error;
    }
  }

  #away(cause?: unknown): HakoError {
    const { name } = this.#upstream.upstream;
    return new HakoError('unavailable', `this is not cached, and ${name} cannot be asked now`, { cause });
  }
}

/** What is wrong with a manifest of the upstream is not the client's fault: 502. */
function parseFetched(manifest: StoredManifest, upstream: string): NewManifest {
  try {
    return parseManifest(manifest);
  } catch (cause) {
    const message = `${upstream} has a manifest that is refused: ${errorMessage(cause)}`;
    throw new RegistryError('UNAVAILABLE', message, { status: 502, cause });
  }
}
