import type { Migrations } from '#state';

/**
 * Tables of the registry. `registry_links` are the edges of a manifest to the blobs and manifests that it names, which keep those.
 * `used_at_ms` is when a blob was last pushed or mounted: collections leave it alone for a while. `fetched` marks manifests that a cache
 * has from its upstream; of them `used_at_ms` is when they were last asked for, and decides when they go.
 */
export const MIGRATIONS: Migrations = {
  module: 'registry',
  steps: [
    `
    CREATE TABLE registry_repositories (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE registry_blobs (
      repository TEXT NOT NULL,
      digest TEXT NOT NULL,
      size INTEGER NOT NULL,
      used_at_ms INTEGER NOT NULL,
      PRIMARY KEY (repository, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX registry_blobs_digest ON registry_blobs (digest);
    CREATE TABLE registry_manifests (
      repository TEXT NOT NULL,
      digest TEXT NOT NULL,
      media_type TEXT NOT NULL,
      size INTEGER NOT NULL,
      subject TEXT,
      artifact_type TEXT,
      annotations TEXT,
      used_at_ms INTEGER NOT NULL,
      PRIMARY KEY (repository, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX registry_manifests_digest ON registry_manifests (digest);
    CREATE INDEX registry_manifests_subject ON registry_manifests (repository, subject) WHERE subject IS NOT NULL;
    CREATE TABLE registry_links (
      repository TEXT NOT NULL,
      manifest TEXT NOT NULL,
      digest TEXT NOT NULL,
      PRIMARY KEY (repository, manifest, digest),
      FOREIGN KEY (repository, manifest) REFERENCES registry_manifests (repository, digest) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX registry_links_digest ON registry_links (repository, digest);
    CREATE TABLE registry_tags (
      repository TEXT NOT NULL,
      tag TEXT NOT NULL,
      digest TEXT NOT NULL,
      PRIMARY KEY (repository, tag),
      FOREIGN KEY (repository, digest) REFERENCES registry_manifests (repository, digest) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX registry_tags_digest ON registry_tags (repository, digest);
    `,
    `
    ALTER TABLE registry_manifests ADD COLUMN fetched INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX registry_manifests_fetched ON registry_manifests (used_at_ms) WHERE fetched = 1;
    `,
  ],
};
