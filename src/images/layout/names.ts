import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import { formatPlatform, hostPlatform, type Platform, parsePlatform, satisfies } from '../platform.ts';
import type { ImageTable } from './images.ts';

/** One image that has a name. */
export interface NamedImage {
  id: Digest;
  platform: Platform;
}

/** Names of images, in full form. A name may stand for one image a platform. */
export class NameTable {
  readonly #database: DatabaseSync;
  readonly #images: ImageTable;

  constructor(database: DatabaseSync, images: ImageTable) {
    this.#database = database;
    this.#images = images;
  }

  /** The images of a name, the host's platform first. */
  find(name: string): NamedImage[] {
    const rows = this.#database.prepare('SELECT platform, image_id FROM image_names WHERE name = ?').all(name);
    const found = rows.map((row) => ({ id: row.image_id as Digest, platform: parsePlatform(String(row.platform)) }));
    const host = hostPlatform();
    return found.sort((a, b) => Number(satisfies(b.platform, host)) - Number(satisfies(a.platform, host)));
  }

  /** Images of `repository@digest`. */
  findDigest(repository: string, digest: Digest): NamedImage[] {
    const rows = this.#database
      .prepare('SELECT image_id FROM image_digests WHERE repository = ? AND digest = ?')
      .all(repository, digest);
    return rows.map(({ image_id }) => ({
      id: image_id as Digest,
      platform: this.#images.platformOf(image_id as Digest),
    }));
  }

  /** Makes `name` stand for exactly these images. To be called in a transaction. */
  set(name: string, ids: readonly Digest[]): void {
    this.remove(name);
    const insert = this.#database.prepare(
      'INSERT OR REPLACE INTO image_names (name, platform, image_id, tagged_at_ms) VALUES (?, ?, ?, ?)',
    );
    for (const id of ids) {
      insert.run(name, formatPlatform(this.#images.platformOf(id)), id, Date.now());
      this.#images.forget(id);
    }
  }

  /** Records that a registry knows the image under this digest. */
  addDigest(repository: string, digest: Digest, id: Digest): void {
    this.#database
      .prepare('INSERT OR IGNORE INTO image_digests (repository, digest, image_id) VALUES (?, ?, ?)')
      .run(repository, digest, id);
    this.#images.forget(id);
  }

  remove(name: string): void {
    for (const { id } of this.find(name)) this.#images.forget(id);
    this.#database.prepare('DELETE FROM image_names WHERE name = ?').run(name);
  }

  /** What a registry knows one image as, of those that an index has. */
  removeDigestOf(repository: string, digest: Digest, id: Digest): void {
    this.#database
      .prepare('DELETE FROM image_digests WHERE repository = ? AND digest = ? AND image_id = ?')
      .run(repository, digest, id);
    this.#images.forget(id);
  }

  removeDigest(repository: string, digest: Digest): void {
    for (const { id } of this.findDigest(repository, digest)) this.#images.forget(id);
    this.#database.prepare('DELETE FROM image_digests WHERE repository = ? AND digest = ?').run(repository, digest);
  }
}
