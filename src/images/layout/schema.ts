import type { Migrations } from '#state';

/**
 * Tables of the images folder. A layer is named by its chain id (image-spec config.md, "Layer ChainID"), its unpacked files are in the
 * folder `snapshot`. `image_blobs` lists every blob that an image needs, for the garbage collector.
 * A row of `blob_recipes` tells that a blob can be made again from the layer `chain_id`, and by which compressor; NULL: it cannot.
 * `disk_bytes` is what a layer takes on disk, once it was measured.
 */
export const MIGRATIONS: Migrations = {
  module: 'images',
  steps: [
    `
    CREATE TABLE image_layers (
      chain_id TEXT PRIMARY KEY,
      parent TEXT REFERENCES image_layers (chain_id),
      diff_id TEXT NOT NULL,
      snapshot TEXT NOT NULL UNIQUE,
      content_bytes INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX image_layers_parent ON image_layers (parent);
    CREATE TABLE images (
      id TEXT PRIMARY KEY,
      config TEXT NOT NULL,
      manifest_digest TEXT NOT NULL,
      chain_id TEXT REFERENCES image_layers (chain_id),
      platform TEXT NOT NULL,
      parent TEXT,
      created_at_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE image_blobs (
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      digest TEXT NOT NULL,
      PRIMARY KEY (image_id, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX image_blobs_digest ON image_blobs (digest);
    CREATE TABLE image_names (
      name TEXT NOT NULL,
      platform TEXT NOT NULL,
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      PRIMARY KEY (name, platform)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX image_names_image ON image_names (image_id);
    CREATE TABLE image_digests (
      repository TEXT NOT NULL,
      digest TEXT NOT NULL,
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      PRIMARY KEY (repository, digest, image_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE container_layers (
      key TEXT PRIMARY KEY,
      chain_id TEXT REFERENCES image_layers (chain_id),
      host_id INTEGER,
      id_count INTEGER,
      volatile INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE content_pins (
      owner TEXT NOT NULL,
      digest TEXT NOT NULL,
      PRIMARY KEY (owner, digest)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX content_pins_digest ON content_pins (digest);
    `,
    `
    CREATE TABLE blob_recipes (
      digest TEXT PRIMARY KEY,
      chain_id TEXT NOT NULL REFERENCES image_layers (chain_id) ON DELETE CASCADE,
      size_bytes INTEGER NOT NULL,
      compressor TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blob_recipes_chain ON blob_recipes (chain_id);
    ALTER TABLE image_layers ADD COLUMN disk_bytes INTEGER;
    ALTER TABLE images ADD COLUMN last_used_at_ms INTEGER NOT NULL DEFAULT 0;
    `,
    `
    ALTER TABLE image_names ADD COLUMN tagged_at_ms INTEGER NOT NULL DEFAULT 0;
    `,
  ],
};
