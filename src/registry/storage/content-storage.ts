import { open } from 'node:fs/promises';
import { type Clock, type Digest, systemClock } from '#base';
import type { ContentStore } from '#images/content';
import { type DatabaseSync, migrate, transaction } from '#state';
import type {
  Collected,
  CollectOptions,
  NewManifest,
  Page,
  Quotas,
  Reference,
  ReferrerDescriptor,
  ReferrersFilter,
  RegistryStorage,
  StoredBlob,
  StoredManifest,
  Usage,
} from '../contract.ts';
import { RegistryError } from '../errors.ts';
import { BlobTable } from './blob-table.ts';
import { collect } from './collect.ts';
import { FetchedContent } from './fetched-content.ts';
import { ManifestCache } from './manifest-cache.ts';
import { ManifestTable } from './manifest-table.ts';
import { NameTable } from './name-table.ts';
import { RecentUse } from './recent-use.ts';
import { MIGRATIONS } from './schema.ts';
import { storeBlob } from './store-blob.ts';
import { storeManifest } from './store-manifest.ts';
import { UploadSessions } from './upload-sessions.ts';
import { UsageMeter } from './usage.ts';

/** Whose content store it is decides what happens to blobs that the registry needs, and needs no more. */
export interface BlobKeeper {
  /** Called before the blob is there, and again for one that is. Durable when it returns. */
  keep(digest: Digest): void;
  /** No repository has it any more: takes it away unless somebody else needs it. */
  release(digest: Digest): void;
  /** Takes away what is kept, and is not among these, after a crash. */
  recover(isHeld: (digest: Digest) => boolean): void;
}

export interface ContentStorageOptions {
  content: ContentStore;
  database: DatabaseSync;
  keeper: BlobKeeper;
  quotas?: Quotas;
  clock?: Clock;
}

/** The tables and parts that the verbs of a storage work with. */
export interface StorageParts extends Required<ContentStorageOptions> {
  blobs: BlobTable;
  manifests: ManifestTable;
  names: NameTable;
  meter: UsageMeter;
  recent: RecentUse;
}

/** A registry's content: bytes in a content store, everything else in SQLite. */
export class ContentStorage implements RegistryStorage {
  readonly uploads: UploadSessions;
  /** What a cache keeps here. */
  readonly fetched: FetchedContent;
  readonly #parts: StorageParts;
  readonly #cache = new ManifestCache();

  constructor(options: ContentStorageOptions) {
    const { database, quotas = {}, clock = systemClock } = options;
    migrate(database, MIGRATIONS);
    const meter = new UsageMeter(database, quotas);
    this.#parts = {
      ...options,
      quotas,
      clock,
      meter,
      blobs: new BlobTable(database),
      manifests: new ManifestTable(database),
      names: new NameTable(database),
      recent: new RecentUse(clock),
    };
    this.uploads = new UploadSessions({
      content: options.content,
      meter,
      store: (...args) => storeBlob(this.#parts, ...args),
    });
    this.fetched = new FetchedContent(this, this.#parts);
    options.keeper.recover((digest) => meter.isHeld(digest));
  }

  repositories(page: Page): string[] {
    return this.#parts.names.repositories(page);
  }

  tags(repository: string, page: Page): string[] | undefined {
    const { names } = this.#parts;
    return names.hasRepository(repository) ? names.tags(repository, page) : undefined;
  }

  async manifest(repository: string, reference: Reference): Promise<StoredManifest | undefined> {
    const { names, manifests, content, recent } = this.#parts;
    const digest = reference.digest ?? names.resolve(repository, reference.tag);
    const found = digest === undefined ? undefined : manifests.find(repository, digest);
    if (digest === undefined || found === undefined) return undefined;
    recent.touch(repository, digest);
    const bytes = this.#cache.get(digest) ?? this.#cache.set(digest, content.read(digest));
    return { digest, mediaType: found.mediaType, bytes };
  }

  async putManifest(repository: string, manifest: NewManifest, tags: readonly string[]): Promise<void> {
    await storeManifest(this.#parts, repository, manifest, { tags, isFetched: false });
    this.#cache.set(manifest.digest, manifest.bytes);
  }

  deleteManifest(repository: string, reference: Reference): boolean {
    const { database, names, manifests } = this.#parts;
    if (reference.tag !== undefined) return names.removeTag(repository, reference.tag);
    const { digest } = reference;
    const removed = transaction(database, () => {
      const found = manifests.remove(repository, digest);
      if (found && !manifests.hasAny(repository)) names.removeRepository(repository);
      return found;
    });
    if (removed) this.#released(repository, digest);
    return removed;
  }

  referrers(repository: string, subject: Digest, filter: ReferrersFilter): ReferrerDescriptor[] {
    return this.#parts.manifests.referrers(repository, subject, filter.artifactType, filter.page);
  }

  async blob(repository: string, digest: Digest): Promise<StoredBlob | undefined> {
    const { blobs, content, recent } = this.#parts;
    const sizeBytes = blobs.sizeOf(repository, digest);
    if (sizeBytes === undefined) return undefined;
    recent.touch(repository, digest);
    return { digest, sizeBytes, open: () => open(content.pathOf(digest), 'r') };
  }

  async mountBlob(repository: string, digest: Digest, from: string): Promise<boolean> {
    const { blobs, meter, clock } = this.#parts;
    const sizeBytes = blobs.sizeOf(from, digest);
    if (sizeBytes === undefined) return false;
    if (blobs.sizeOf(repository, digest) === undefined) meter.check(repository, sizeBytes, true);
    blobs.add(repository, digest, sizeBytes, clock.nowMs());
    meter.changed(repository);
    return true;
  }

  /** Makes a blob that is in the content store already one of the repository: what the daemon has need not be pushed to it. */
  adoptBlob(repository: string, digest: Digest): void {
    const { blobs, content, keeper, meter, clock } = this.#parts;
    const sizeBytes = content.sizeOf(digest);
    meter.check(repository, sizeBytes);
    keeper.keep(digest);
    blobs.add(repository, digest, sizeBytes, clock.nowMs());
    meter.changed(repository);
  }

  homesOf(digest: Digest): string[] {
    return this.#parts.blobs.homesOf(digest);
  }

  deleteBlob(repository: string, digest: Digest): boolean {
    const { blobs, manifests } = this.#parts;
    if (blobs.sizeOf(repository, digest) === undefined) return false;
    const user = manifests.linkerOf(repository, digest);
    if (user !== undefined) {
      throw new RegistryError('UNSUPPORTED', `the blob is part of the manifest ${user}: delete that first`);
    }
    blobs.remove(repository, digest);
    this.#released(repository, digest);
    return true;
  }

  usage(): Usage {
    return { totalBytes: this.#parts.meter.totalBytes(), repositories: this.#parts.names.countRepositories() };
  }

  async collect(options: CollectOptions): Promise<Collected> {
    const uploads = this.uploads.expire(this.#parts.clock.nowMs() - options.uploadTtlMs);
    return { ...(await collect(this.#parts, this, options)), uploads };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.uploads[Symbol.asyncDispose]();
  }

  /** A repository no longer has it: the bytes go when none has. */
  #released(repository: string, digest: Digest): void {
    const { meter, keeper } = this.#parts;
    meter.changed(repository);
    if (meter.isHeld(digest)) return;
    this.#cache.delete(digest);
    keeper.release(digest);
  }
}
