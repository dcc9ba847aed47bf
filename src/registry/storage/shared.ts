import { type FileHandle, open } from 'node:fs/promises';
import type { Digest } from '#base';
import { type CacheOptions, CachingStorage } from '../cache/caching-storage.ts';
import type {
  LocalImages,
  LocalManifest,
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
import { mediaTypeOf, parseManifest } from '../manifest/parse.ts';
import { ContentStorage, type ContentStorageOptions } from './content-storage.ts';

export interface SharedStorageOptions extends ContentStorageOptions {
  images: LocalImages;
  /** Fetches what neither the registry nor the daemon has from another registry. */
  cache?: CacheOptions;
}

/** A registry on the daemon's own content store: what it has can be pulled without a push. */
export function openSharedStorage(options: SharedStorageOptions): RegistryStorage {
  const own = new ContentStorage(options);
  const shared = new SharedStorage(own, options);
  return options.cache === undefined ? shared : new CachingStorage(shared, own.fetched, options.cache);
}

/** What was pushed, and behind it the daemon's images, which only the daemon itself can delete. A name that both have is the pushed one. */
class SharedStorage implements RegistryStorage {
  readonly uploads: Uploads;
  readonly #own: ContentStorage;
  readonly #images: LocalImages;
  readonly #content: SharedStorageOptions['content'];

  constructor(own: ContentStorage, options: SharedStorageOptions) {
    this.#own = own;
    this.uploads = own.uploads;
    this.#images = options.images;
    this.#content = options.content;
  }

  repositories(page: Page): string[] {
    return merge(this.#own.repositories(page), this.#images.repositories(), page);
  }

  tags(repository: string, page: Page): string[] | undefined {
    const own = this.#own.tags(repository, page);
    const local = this.#images.tags(repository);
    if (local === undefined) return own;
    return merge(own ?? [], [...local.keys()], page);
  }

  async manifest(repository: string, reference: Reference): Promise<StoredManifest | undefined> {
    const own = await this.#own.manifest(repository, reference);
    if (own !== undefined) return own;
    const local =
      reference.digest === undefined
        ? this.#images.tags(repository)?.get(reference.tag)
        : this.#images.manifest(repository, reference.digest);
    return local === undefined ? undefined : this.#read(local);
  }

  async putManifest(repository: string, manifest: NewManifest, tags: readonly string[]): Promise<void> {
    for (const { digest } of manifest.blobs) await this.#adopt(repository, digest, repository);
    for (const { digest } of manifest.manifests) await this.#adoptManifest(repository, digest);
    await this.#own.putManifest(repository, manifest, tags);
  }

  deleteManifest(repository: string, reference: Reference): boolean {
    if (this.#own.deleteManifest(repository, reference)) return true;
    const isLocal =
      reference.digest === undefined
        ? this.#images.tags(repository)?.has(reference.tag)
        : this.#images.manifest(repository, reference.digest) !== undefined;
    if (isLocal) throw belongsToDaemon();
    return false;
  }

  referrers(repository: string, subject: Digest, filter: ReferrersFilter): ReferrerDescriptor[] {
    return this.#own.referrers(repository, subject, filter);
  }

  async blob(repository: string, digest: Digest): Promise<StoredBlob | undefined> {
    const own = await this.#own.blob(repository, digest);
    if (own !== undefined) return own;
    const sizeBytes = this.#images.blobSize(repository, digest);
    return sizeBytes === undefined ? undefined : { digest, sizeBytes, open: () => this.#openLocal(digest) };
  }

  async mountBlob(repository: string, digest: Digest, from: string): Promise<boolean> {
    return (await this.#own.mountBlob(repository, digest, from)) || (await this.#adopt(repository, digest, from));
  }

  homesOf(digest: Digest): string[] {
    const local = this.#images.repositories().filter((repository) => this.#hasLocal(repository, digest));
    return [...new Set([...this.#own.homesOf(digest), ...local])];
  }

  deleteBlob(repository: string, digest: Digest): boolean {
    if (this.#own.deleteBlob(repository, digest)) return true;
    if (this.#hasLocal(repository, digest)) throw belongsToDaemon();
    return false;
  }

  usage(): Usage {
    return this.#own.usage();
  }

  collect(...args: Parameters<RegistryStorage['collect']>): ReturnType<RegistryStorage['collect']> {
    return this.#own.collect(...args);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#own[Symbol.asyncDispose]();
  }

  #hasLocal(repository: string, digest: Digest): boolean {
    return this.#images.blobSize(repository, digest) !== undefined;
  }

  async #openLocal(digest: Digest): Promise<FileHandle> {
    using _held = await this.#images.hold(digest);
    return await open(this.#content.pathOf(digest), 'r');
  }

  #read({ digest, bytes = this.#content.read(digest) }: LocalManifest): StoredManifest {
    return { digest, bytes, mediaType: mediaTypeOf(bytes) };
  }

  /** Makes a blob of an image of the daemon one of the registry; false where there is none. */
  async #adopt(repository: string, digest: Digest, from: string): Promise<boolean> {
    if (this.#own.homesOf(digest).includes(repository)) return true;
    if (!this.#hasLocal(from, digest)) return false;
    using _held = await this.#images.hold(digest);
    this.#own.adoptBlob(repository, digest);
    return true;
  }

  async #adoptManifest(repository: string, digest: Digest): Promise<void> {
    if ((await this.#own.manifest(repository, { digest })) !== undefined) return;
    const found = await this.manifest(repository, { digest });
    if (found !== undefined) await this.putManifest(repository, parseManifest(found), []);
  }
}

function belongsToDaemon(): RegistryError {
  return new RegistryError('UNSUPPORTED', 'this is an image of the daemon itself: remove it there (hako image rm)');
}

/** One page of two lists. */
function merge(first: readonly string[], second: readonly string[], { after = '', limit }: Page): string[] {
  const all = new Set([...first, ...second.filter((name) => name > after)]);
  return [...all].sort(compareBytes).slice(0, limit);
}

/** As SQLite sorts: all names are ASCII. */
function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
