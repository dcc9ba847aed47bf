/** What a registry is made of. Terms are those of the OCI distribution spec 1.1; "end-N" in comments are its endpoints. */
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '#base';

/** What a manifest is called by: `tag` or `digest`. */
export type Reference = { tag: string; digest?: undefined } | { digest: Digest; tag?: undefined };

/** A page of a sorted list: at most `limit` names behind `after`. */
export interface Page {
  after?: string;
  limit: number;
}

/** The descriptor of a manifest in an answer of the referrers API (end-12). */
export interface ReferrerDescriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

export interface ReferrersFilter {
  artifactType?: string;
  page: Page;
}

/** A manifest as it was pushed, byte for byte. */
export interface StoredManifest {
  digest: Digest;
  mediaType: string;
  bytes: Buffer;
}

/** A manifest that was parsed and may be stored. */
export interface NewManifest extends StoredManifest {
  /** Blobs of the same repository that must be there, with the sizes that the manifest claims. */
  blobs: readonly { digest: Digest; sizeBytes: number }[];
  /** Manifests of the same repository that must be there. */
  manifests: readonly { digest: Digest; sizeBytes: number }[];
  subject?: Digest;
  artifactType?: string;
  annotations?: Record<string, string>;
}

/** A blob that can be read. An open file lasts, whatever is deleted or collected meanwhile. */
export interface StoredBlob {
  digest: Digest;
  sizeBytes: number;
  /** Rejects with ENOENT where it has gone since. */
  open(): Promise<FileHandle>;
  /**
   * Of a blob that is still coming: resolves with how many bytes of the file may be read, once that is more than `positionBytes`. To be
   * called after `open`. Rejects where the rest will not come.
   */
  arrived?(positionBytes: number): Promise<number>;
}

/** A blob that is being pushed. It survives the process; its URL ends with `id`. */
export interface Upload {
  readonly id: string;
  /** Bytes that are stored: the next chunk begins here. */
  readonly offsetBytes: number;
  /** Appends to the end of what is there. What came before an error stays. */
  append(source: AsyncIterable<Buffer>): Promise<void>;
  /** Makes it a blob of its repository; throws DIGEST_INVALID, and forgets it, where it is another. */
  finish(digest: Digest): Promise<void>;
  cancel(): Promise<void>;
}

/** Uploads of all repositories. */
export interface Uploads {
  create(repository: string): Promise<string>;
  /**
   * Runs `work` on the upload, alone. Who has it already is told so through `interrupt`, and awaited: a client whose connection broke
   * comes back before we have noticed. Throws BLOB_UPLOAD_UNKNOWN.
   */
  use<T>(repository: string, id: string, interrupt: () => void, work: (upload: Upload) => Promise<T>): Promise<T>;
}

/** What was taken away by a collection. */
export interface Collected {
  blobs: number;
  bytes: number;
  manifests: number;
  uploads: number;
}

export interface CollectOptions {
  /** What was pushed, mounted or found by a client in this time is kept, for the manifest that will name it. */
  graceMs: number;
  /** Uploads that nobody went on with for this long are given up. */
  uploadTtlMs: number;
  /** Take also manifests that no tag, index or subject leads to. */
  untagged: boolean;
}

export interface Usage {
  totalBytes: number;
  repositories: number;
  /** Of a cache, since the start. */
  cache?: CacheCounts;
}

/** What a cache had, and what it had to ask its upstream for. */
export interface CacheCounts {
  hits: number;
  misses: number;
  fetchedBytes: number;
}

/** At once where it is at hand, later where an upstream must be asked. */
export type Soon<T> = T | Promise<T>;

/**
 * Where a registry keeps what it serves. A manifest, blob or tag belongs to a repository, although its bytes are stored once.
 * Errors that clients are to see are `RegistryError`s.
 */
export interface RegistryStorage extends AsyncDisposable {
  readonly uploads: Uploads;
  repositories(page: Page): string[];
  /** Sorted; undefined where there is no such repository. */
  tags(repository: string, page: Page): Soon<string[] | undefined>;
  manifest(repository: string, reference: Reference): Promise<StoredManifest | undefined>;
  /** Stores it under its digest and these tags, all or nothing. Throws MANIFEST_BLOB_UNKNOWN, SIZE_INVALID, DENIED. */
  putManifest(repository: string, manifest: NewManifest, tags: readonly string[]): Promise<void>;
  /** Deletes a tag, or a manifest with all its tags; false where it is not there. */
  deleteManifest(repository: string, reference: Reference): boolean;
  /** Manifests whose `subject` this is, sorted by digest. */
  referrers(repository: string, subject: Digest, filter: ReferrersFilter): Soon<ReferrerDescriptor[]>;
  /** The registry that this repository is a cache of, and that pushes belong to; undefined for one of our own. */
  cachedFrom?(repository: string): string | undefined;
  blob(repository: string, digest: Digest): Promise<StoredBlob | undefined>;
  /** Makes a blob of `from` one of `repository` too; false where `from` does not have it. */
  mountBlob(repository: string, digest: Digest, from: string): Promise<boolean>;
  /** The repositories that have the blob. */
  homesOf(digest: Digest): string[];
  /** False where it is not there. Throws UNSUPPORTED while a manifest of the repository names it. */
  deleteBlob(repository: string, digest: Digest): boolean;
  usage(): Usage;
  collect(options: CollectOptions): Promise<Collected>;
}

/** Limits in bytes; absent: none. Content that several repositories share counts in each, and once in the total. */
export interface Quotas {
  totalBytes?: number;
  repositoryBytes?: number;
}

/** Images that are not the registry's own but can be pulled from it: those of the daemon. */
export interface LocalImages {
  /** Repository names, as clients of this registry write them. */
  repositories(): string[];
  /** Tag → manifest; undefined where there is no such repository. */
  tags(repository: string): ReadonlyMap<string, LocalManifest> | undefined;
  /** A manifest of the repository by its digest. */
  manifest(repository: string, digest: Digest): LocalManifest | undefined;
  /** The size of a blob that an image of the repository needs; undefined where none does. */
  blobSize(repository: string, digest: Digest): number | undefined;
  /** Makes such a blob be in the content store until the result is disposed of: its bytes may have to be made again first. */
  hold(digest: Digest): Promise<Disposable>;
}

/** A manifest that is in the content store, or one that was made for the occasion. */
export type LocalManifest = { digest: Digest; bytes?: Buffer };
