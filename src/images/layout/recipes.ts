import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import type { Compressor } from '#system/rootfs';

/** How a layer blob is made again: the tar of the layer, by that layer's recipe, through this compressor. */
export interface BlobRecipe {
  digest: Digest;
  chainId: Digest;
  sizeBytes: number;
  compressor: Compressor;
}

/** What is known of making blobs again. Only what was proved by its digest is in here. */
export class RecipeTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** The recipe of a blob; null where it was tried and none was found, undefined where nobody tried. */
  find(digest: Digest): BlobRecipe | null | undefined {
    const row = this.#database.prepare('SELECT * FROM blob_recipes WHERE digest = ?').get(digest);
    return row === undefined ? undefined : fromRow(row);
  }

  remakeable(): BlobRecipe[] {
    const rows = this.#database.prepare('SELECT * FROM blob_recipes WHERE compressor IS NOT NULL').all();
    return rows.flatMap((row) => fromRow(row) ?? []);
  }

  set(recipe: Omit<BlobRecipe, 'compressor'> & { compressor: Compressor | null }): void {
    const { digest, chainId, sizeBytes, compressor } = recipe;
    this.#database
      .prepare('INSERT OR REPLACE INTO blob_recipes (digest, chain_id, size_bytes, compressor) VALUES (?, ?, ?, ?)')
      .run(digest, chainId, sizeBytes, compressor === null ? null : JSON.stringify(compressor));
  }

  delete(digest: Digest): void {
    this.#database.prepare('DELETE FROM blob_recipes WHERE digest = ?').run(digest);
  }
}

function fromRow(row: Record<string, unknown>): BlobRecipe | null {
  if (row.compressor === null) return null;
  return {
    digest: row.digest as Digest,
    chainId: row.chain_id as Digest,
    sizeBytes: Number(row.size_bytes),
    compressor: JSON.parse(String(row.compressor)) as Compressor,
  };
}
