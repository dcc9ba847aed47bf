import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import type { Image, ImageConfig } from '../contract.ts';
import { formatPlatform, type Platform, parsePlatform, platformOf } from '../platform.ts';
import { type LayerTable, topChainId } from './layers.ts';

/** What is stored of an image besides its names. */
export interface NewImage {
  id: Digest;
  /** The configuration blob's text. */
  configText: string;
  config: ImageConfig;
  manifestDigest: Digest;
  blobs: readonly Digest[];
  parent?: Digest;
}

/** The rows of images. */
export class ImageTable {
  readonly #database: DatabaseSync;
  readonly #layers: LayerTable;
  readonly #values = new Map<string, Image>();
  /** Called when an image was added, before its transaction ends. */
  onInsert: () => void = () => undefined;

  constructor(database: DatabaseSync, layers: LayerTable) {
    this.#database = database;
    this.#layers = layers;
  }

  /**
   * Adds an image whose layers are all there. One that is there already keeps its blobs and takes the new manifest, which may name
   * its layers in another compression. To be called in a transaction.
   */
  insert(image: NewImage): void {
    const { id, config, configText, manifestDigest } = image;
    const createdAtMs = Date.parse(config.created ?? '') || 0;
    this.#database
      .prepare(
        `INSERT INTO images (id, config, manifest_digest, chain_id, platform, parent, created_at_ms, last_used_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
         SET manifest_digest = excluded.manifest_digest, last_used_at_ms = excluded.last_used_at_ms`,
      )
      .run(
        id,
        configText,
        manifestDigest,
        topChainId(config.rootfs.diff_ids) ?? null,
        formatPlatform(platformOf(config)),
        image.parent ?? null,
        createdAtMs,
        Date.now(),
      );
    this.#addBlobs(id, image.blobs);
    this.forget(id);
    this.onInsert();
  }

  #addBlobs(id: Digest, blobs: readonly Digest[]): void {
    const addBlob = this.#database.prepare('INSERT OR IGNORE INTO image_blobs (image_id, digest) VALUES (?, ?)');
    for (const digest of blobs) addBlob.run(id, digest);
  }

  /** Gives an image another manifest, which names the same layers as other blobs. To be called in a transaction. */
  setManifest(id: Digest, manifestDigest: Digest, blobs: readonly Digest[]): void {
    this.#database.prepare('UPDATE images SET manifest_digest = ? WHERE id = ?').run(manifestDigest, id);
    this.#addBlobs(id, blobs);
    this.forget(id);
  }

  /** Says that somebody uses these images now. */
  touch(ids: readonly Digest[], nowMs: number): void {
    const touch = this.#database.prepare('UPDATE images SET last_used_at_ms = ? WHERE id = ?');
    for (const id of ids) touch.run(nowMs, id);
  }

  lastUsedAtMs(id: Digest): number {
    return Number(
      this.#database.prepare('SELECT last_used_at_ms FROM images WHERE id = ?').get(id)?.last_used_at_ms ?? 0,
    );
  }

  /** The whole value, names included; undefined where there is no such image. */
  find(id: Digest): Image | undefined {
    const cached = this.#values.get(id);
    if (cached !== undefined) return cached;
    const row = this.#database.prepare('SELECT * FROM images WHERE id = ?').get(id);
    if (row === undefined) return undefined;
    const image = this.#fromRow(id, row);
    this.#values.set(id, image);
    return image;
  }

  /** Newest first. */
  all(): Image[] {
    const rows = this.#database.prepare('SELECT id FROM images ORDER BY created_at_ms DESC, id').all();
    return rows.flatMap(({ id }) => this.find(id as Digest) ?? []);
  }

  /** Ids that begin with these hexadecimal digits; at most two, which is enough to know that it is ambiguous. */
  withPrefix(hex: string): Digest[] {
    const rows = this.#database
      .prepare(`SELECT id FROM images WHERE id >= ? AND id < ? LIMIT 2`)
      .all(`sha256:${hex}`, `sha256:${hex}g`);
    return rows.map(({ id }) => id as Digest);
  }

  platformOf(id: Digest): Platform {
    const row = this.#database.prepare('SELECT platform FROM images WHERE id = ?').get(id);
    return parsePlatform(String(row?.platform ?? 'linux'));
  }

  manifestOf(id: Digest): Digest | undefined {
    return this.#database.prepare('SELECT manifest_digest FROM images WHERE id = ?').get(id)?.manifest_digest as
      | Digest
      | undefined;
  }

  blobsOf(id: Digest): Digest[] {
    return this.#database
      .prepare('SELECT digest FROM image_blobs WHERE image_id = ?')
      .all(id)
      .map(({ digest }) => digest as Digest);
  }

  needsBlob(digest: Digest): boolean {
    return this.#database.prepare('SELECT 1 FROM image_blobs WHERE digest = ? LIMIT 1').get(digest) !== undefined;
  }

  /** Top layers of all images. */
  tops(): Digest[] {
    const rows = this.#database.prepare('SELECT DISTINCT chain_id FROM images WHERE chain_id IS NOT NULL').all();
    return rows.map(({ chain_id }) => chain_id as Digest);
  }

  delete(id: Digest): void {
    this.#database.prepare('DELETE FROM images WHERE id = ?').run(id);
    this.forget(id);
  }

  /** Drops the cached value: its names have changed. */
  forget(id: Digest): void {
    this.#values.delete(id);
  }

  #fromRow(id: Digest, row: Record<string, unknown>): Image {
    const config = JSON.parse(String(row.config)) as ImageConfig;
    const names = this.#database
      .prepare('SELECT name, tagged_at_ms FROM image_names WHERE image_id = ? ORDER BY name')
      .all(id);
    const digests = this.#database
      .prepare('SELECT repository, digest FROM image_digests WHERE image_id = ? ORDER BY 1, 2')
      .all(id);
    const layers = this.#layers.chain((row.chain_id ?? undefined) as Digest | undefined);
    const parent = row.parent === null ? undefined : (row.parent as Digest);
    return {
      id,
      config,
      tags: names.map(({ name }) => String(name)),
      repoDigests: digests.map(({ repository, digest }) => `${String(repository)}@${String(digest)}`),
      sizeBytes: layers.reduce((sum, layer) => sum + layer.contentBytes, 0),
      layerSizes: layers.map((layer) => layer.contentBytes).reverse(),
      createdAtMs: Number(row.created_at_ms),
      taggedAtMs: Math.max(0, ...names.map(({ tagged_at_ms }) => Number(tagged_at_ms))),
      ...(parent === undefined ? {} : { parent }),
    };
  }
}
