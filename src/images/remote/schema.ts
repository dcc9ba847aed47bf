import type { Migrations } from '#state';

/** What outlives the process, so that the next one goes on: pulls that are not finished, and uploads that a registry waits for. */
export const REMOTE_MIGRATIONS: Migrations = {
  module: 'images-remote',
  steps: [
    `
    CREATE TABLE remote_pulls (
      manifest TEXT PRIMARY KEY,
      started_at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE remote_uploads (
      repository TEXT NOT NULL,
      digest TEXT NOT NULL,
      location TEXT NOT NULL,
      updated_at_ms INTEGER NOT NULL,
      PRIMARY KEY (repository, digest)
    ) STRICT, WITHOUT ROWID;
    `,
  ],
};
