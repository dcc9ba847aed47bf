import type { Digest } from '#base';
import type { DatabaseSync } from '#state';

/** Which repository has which blob. */
export class BlobTable {
  readonly #size;
  readonly #insert;
  readonly #delete;
  readonly #homes;
  readonly #unlinked;

  constructor(database: DatabaseSync) {
    this.#size = database.prepare('SELECT size FROM registry_blobs WHERE repository = ? AND digest = ?');
    this.#insert = database.prepare(
      `INSERT INTO registry_blobs (repository, digest, size, used_at_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET used_at_ms = excluded.used_at_ms`,
    );
    this.#delete = database.prepare('DELETE FROM registry_blobs WHERE repository = ? AND digest = ?');
    this.#homes = database.prepare('SELECT repository FROM registry_blobs WHERE digest = ? ORDER BY repository');
    this.#unlinked = database.prepare(
      `SELECT repository, digest, size FROM registry_blobs b WHERE used_at_ms < ? AND NOT EXISTS
       (SELECT 1 FROM registry_links l WHERE l.repository = b.repository AND l.digest = b.digest)`,
    );
  }

  sizeOf(repository: string, digest: Digest): number | undefined {
    const row = this.#size.get(repository, digest);
    return row === undefined ? undefined : Number(row.size);
  }

  add(repository: string, digest: Digest, sizeBytes: number, nowMs: number): void {
    this.#insert.run(repository, digest, sizeBytes, nowMs);
  }

  remove(repository: string, digest: Digest): void {
    this.#delete.run(repository, digest);
  }

  homesOf(digest: Digest): string[] {
    return this.#homes.all(digest).map((row) => String(row.repository));
  }

  /** Blobs that no manifest of their repository names, last pushed or mounted before `beforeMs`. */
  unlinked(beforeMs: number): { repository: string; digest: Digest }[] {
    return this.#unlinked.all(beforeMs).map((row) => ({
      repository: String(row.repository),
      digest: row.digest as Digest,
    }));
  }
}
