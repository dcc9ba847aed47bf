import type { Digest } from '#base';
import { type DatabaseSync, transaction } from '#state';
import type { Pins } from '../../content/mod.ts';

/** As long as unfinished downloads are kept. */
const STALE_MS = 7 * 24 * 3600 * 1000;

/** Keeps the blobs that a pull has fetched already, until it is done or nobody has come back to it for a week. */
export class UnfinishedPulls {
  readonly #database: DatabaseSync;
  readonly #pins: Pins;

  constructor(database: DatabaseSync, pins: Pins) {
    this.#database = database;
    this.#pins = pins;
  }

  begin(manifest: Digest, blobs: readonly Digest[], nowMs: number): void {
    transaction(this.#database, () => {
      this.#database
        .prepare('INSERT OR REPLACE INTO remote_pulls (manifest, started_at_ms) VALUES (?, ?)')
        .run(manifest, nowMs);
      this.#pins.pin(ownerOf(manifest), blobs);
    });
  }

  /** To be called in the transaction that makes the image visible. */
  end(manifest: Digest): void {
    this.#database.prepare('DELETE FROM remote_pulls WHERE manifest = ?').run(manifest);
    this.#pins.unpin(ownerOf(manifest));
  }

  /** Lets go of what nobody came back to. To be called before the store collects garbage at start-up. */
  recover(nowMs: number): void {
    const rows = this.#database
      .prepare('SELECT manifest FROM remote_pulls WHERE started_at_ms < ?')
      .all(nowMs - STALE_MS);
    transaction(this.#database, () => {
      for (const { manifest } of rows) this.end(manifest as Digest);
    });
  }
}

function ownerOf(manifest: Digest): string {
  return `pull ${manifest}`;
}
