import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Digest } from '#base';
import type { Ingest } from '#images/content';
import { transaction } from '#state';
import type { NewManifest } from '../contract.ts';
import { parseManifest } from '../manifest/parse.ts';
import type { ContentStorage, StorageParts } from './content-storage.ts';
import { storeBlob } from './store-blob.ts';
import { storeManifest } from './store-manifest.ts';

/** Manifests that go between two turns of the event loop. */
const BATCH = 50;

/** What a cache keeps in a storage: manifests before their blobs, for as long as somebody asks for them. */
export class FetchedContent {
  readonly #storage: ContentStorage;
  readonly #parts: StorageParts;

  constructor(storage: ContentStorage, parts: StorageParts) {
    this.#storage = storage;
    this.#parts = parts;
  }

  get content() {
    return this.#parts.content;
  }

  get meter() {
    return this.#parts.meter;
  }

  get clock() {
    return this.#parts.clock;
  }

  putManifest(repository: string, manifest: NewManifest, tags: readonly string[]): Promise<void> {
    return storeManifest(this.#parts, repository, manifest, { tags, isFetched: true });
  }

  /** Points a tag at a manifest that is there; false where it is not. */
  tag(repository: string, tag: string, digest: Digest): boolean {
    const { manifests, names } = this.#parts;
    if (manifests.find(repository, digest) === undefined) return false;
    if (names.resolve(repository, tag) !== digest) names.setTag(repository, tag, digest);
    return true;
  }

  untag(repository: string, tag: string): void {
    this.#parts.names.removeTag(repository, tag);
  }

  storeBlob(repository: string, digest: Digest, ingest: Ingest): Promise<void> {
    return storeBlob(this.#parts, repository, digest, ingest);
  }

  /** The size of a blob as a manifest of the repository says it; undefined where none names it. */
  describedSize(repository: string, digest: Digest): number | undefined {
    const { manifests, content } = this.#parts;
    const manifest = manifests.linkerOf(repository, digest);
    const found = manifest === undefined ? undefined : manifests.find(repository, manifest);
    if (manifest === undefined || found === undefined) return undefined;
    const parsed = parseManifest({ digest: manifest, mediaType: found.mediaType, bytes: content.read(manifest) });
    return parsed.blobs.find((blob) => blob.digest === digest)?.sizeBytes;
  }

  /** Lets go of manifests that nobody asked for since `beforeMs`; their blobs are then the collector's. Answers how many. */
  async evict(beforeMs: number): Promise<number> {
    this.writeDownUse();
    for (let evicted = 0; ; ) {
      const found = this.#parts.manifests.leastUsed(beforeMs, BATCH);
      for (const { repository, digest } of found) this.#storage.deleteManifest(repository, { digest });
      evicted += found.length;
      if (found.length < BATCH) return evicted;
      await nextTurn();
    }
  }

  /** Lets go of what was not asked for the longest until there is room for `bytes` more; throws DENIED where there never is. */
  makeRoom(repository: string, bytes: number): void {
    const { meter, manifests, clock } = this.#parts;
    if (meter.fits(repository, bytes)) return;
    this.writeDownUse();
    for (;;) {
      const [oldest] = manifests.leastUsed(clock.nowMs(), 1);
      if (oldest === undefined) break;
      this.#evictWhole(oldest);
      if (meter.fits(repository, bytes)) return;
    }
    meter.check(repository, bytes);
  }

  /** When things were asked for is known in memory first: a row that is written for each request would be dear. */
  writeDownUse(): void {
    const { database, manifests, recent } = this.#parts;
    transaction(database, () => {
      for (const { repository, digest, usedAtMs } of recent.entries()) manifests.touch(repository, digest, usedAtMs);
    });
  }

  /** A manifest with the blobs that it alone names. Who reads one of them reads on; who was only told of it has it fetched again. */
  #evictWhole({ repository, digest }: { repository: string; digest: Digest }): void {
    const named = this.#parts.manifests.namedBy(repository, digest);
    this.#storage.deleteManifest(repository, { digest });
    for (const blob of named)
      if (this.#parts.manifests.linkerOf(repository, blob) === undefined) this.#storage.deleteBlob(repository, blob);
  }
}
