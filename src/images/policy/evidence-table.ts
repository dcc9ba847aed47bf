import type { Digest } from '#base';
import type { DatabaseSync, Migrations } from '#state';
import type { Evidence } from './evidence.ts';

export const POLICY_MIGRATIONS: Migrations = {
  module: 'images-policy',
  steps: [
    `
    CREATE TABLE image_signatures (
      repository TEXT NOT NULL,
      digest TEXT NOT NULL,
      evidence TEXT NOT NULL,
      PRIMARY KEY (repository, digest)
    ) STRICT, WITHOUT ROWID;
    `,
  ],
};

/** Signatures that were brought with pulled images, so that they are verified again, by the policy of then, when one is run. */
export class EvidenceTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(repository: string, digest: Digest): Evidence[] {
    const row = this.#database
      .prepare('SELECT evidence FROM image_signatures WHERE repository = ? AND digest = ?')
      .get(repository, digest);
    return row === undefined ? [] : (JSON.parse(String(row.evidence)) as Evidence[]);
  }

  set(repository: string, digest: Digest, evidence: readonly Evidence[]): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO image_signatures (repository, digest, evidence) VALUES (?, ?, ?)')
      .run(repository, digest, JSON.stringify(evidence));
  }

  /** Forgets the signatures of what no image has any more. */
  collect(): void {
    this.#database.exec(`
      DELETE FROM image_signatures WHERE NOT EXISTS (
        SELECT 1 FROM image_digests
        WHERE image_digests.repository = image_signatures.repository AND image_digests.digest = image_signatures.digest)`);
  }
}
