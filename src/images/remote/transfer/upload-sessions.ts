import type { Digest } from '#base';
import type { DatabaseSync } from '#state';

/** Where registries wait for the rest of a blob. A session is only a hint: the registry may have forgotten it. */
export interface UploadSessions {
  find(repository: string, digest: Digest): string | undefined;
  save(repository: string, digest: Digest, location: string): void;
  forget(repository: string, digest: Digest): void;
}

/** For transfers that nobody will come back to. */
export const noSessions: UploadSessions = { find: () => undefined, save: () => undefined, forget: () => undefined };

/** Registries keep unfinished uploads for about a week. */
const STALE_MS = 7 * 24 * 3600 * 1000;

export class StoredUploadSessions implements UploadSessions {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(repository: string, digest: Digest): string | undefined {
    const row = this.#database
      .prepare('SELECT location FROM remote_uploads WHERE repository = ? AND digest = ? AND updated_at_ms > ?')
      .get(repository, digest, Date.now() - STALE_MS);
    return row === undefined ? undefined : String(row.location);
  }

  save(repository: string, digest: Digest, location: string): void {
    this.#database
      .prepare(
        'INSERT OR REPLACE INTO remote_uploads (repository, digest, location, updated_at_ms) VALUES (?, ?, ?, ?)',
      )
      .run(repository, digest, location, Date.now());
  }

  forget(repository: string, digest: Digest): void {
    this.#database.prepare('DELETE FROM remote_uploads WHERE repository = ? AND digest = ?').run(repository, digest);
  }
}
