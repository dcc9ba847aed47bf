import type { Digest } from '#base';
import type { DatabaseSync } from '#state';

/** Blobs that somebody beside the images needs (a registry's repositories, a builder's cache). Lasts until it is unpinned. */
export class Pins {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  pin(owner: string, digests: readonly Digest[]): void {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO content_pins (owner, digest) VALUES (?, ?)');
    for (const digest of digests) insert.run(owner, digest);
  }

  unpin(owner: string): void {
    this.#database.prepare('DELETE FROM content_pins WHERE owner = ?').run(owner);
  }

  /** What is pinned by the owners whose names begin like this. */
  withOwner(prefix: string): { owner: string; digest: Digest }[] {
    const rows = this.#database.prepare('SELECT owner, digest FROM content_pins WHERE substr(owner, 1, ?) = ?');
    return rows
      .all(prefix.length, prefix)
      .map(({ owner, digest }) => ({ owner: String(owner), digest: digest as Digest }));
  }

  isPinned(digest: Digest): boolean {
    return this.#database.prepare('SELECT 1 FROM content_pins WHERE digest = ? LIMIT 1').get(digest) !== undefined;
  }
}
