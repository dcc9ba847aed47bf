import { type Digest, HakoError, sha256 } from '#base';
import { type DatabaseSync, transaction } from '#state';
import { relaxed } from './relaxed.ts';

/** An unpacked layer on top of its parents. */
export interface Layer {
  chainId: Digest;
  parent: Digest | undefined;
  diffId: Digest;
  /** Its folder below snapshots/. */
  snapshot: string;
  contentBytes: number;
  /** What its folder takes on disk; undefined until somebody has measured it. */
  diskBytes?: number;
}

/** The chain id of a layer with `diffId` on `parent` (image-spec config.md, "Layer ChainID"). */
export function chainIdOf(parent: Digest | undefined, diffId: Digest): Digest {
  return parent === undefined ? diffId : sha256(`${parent} ${diffId}`);
}

/** The chain id of the topmost of these layers; undefined where there are none. */
export function topChainId(diffIds: readonly Digest[]): Digest | undefined {
  return diffIds.reduce<Digest | undefined>((parent, diffId) => chainIdOf(parent, diffId), undefined);
}

/** The rows of layers. A layer exists when its row does; its folder came before. */
export class LayerTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(chainId: Digest): Layer | undefined {
    const row = this.#database.prepare('SELECT * FROM image_layers WHERE chain_id = ?').get(chainId);
    return row === undefined ? undefined : fromRow(row);
  }

  /** The layer and what it lies on, top first. Throws `internal` where the chain is broken. */
  chain(top: Digest | undefined): Layer[] {
    const layers: Layer[] = [];
    for (let next = top; next !== undefined; ) {
      const layer = this.find(next);
      if (layer === undefined) throw new HakoError('internal', `layer ${next} is missing from the image store`);
      layers.push(layer);
      next = layer.parent;
    }
    return layers;
  }

  all(): Layer[] {
    return this.#database.prepare('SELECT * FROM image_layers').all().map(fromRow);
  }

  /** A layer that no image has yet does not outlive the process, so the row may wait for the image's. */
  insert({ chainId, parent, diffId, snapshot, contentBytes }: Layer): void {
    const insert = this.#database.prepare(
      'INSERT INTO image_layers (chain_id, parent, diff_id, snapshot, content_bytes) VALUES (?, ?, ?, ?, ?)',
    );
    relaxed(this.#database, () => insert.run(chainId, parent ?? null, diffId, snapshot, contentBytes));
  }

  /** Undefined where it has to be measured anew. */
  setDiskBytes(chainId: Digest, diskBytes: number | undefined): void {
    const update = this.#database.prepare('UPDATE image_layers SET disk_bytes = ? WHERE chain_id = ?');
    relaxed(this.#database, () => update.run(diskBytes ?? null, chainId));
  }

  /** Children come before their parents. All of it is durable when this returns: their folders may go. */
  delete(chainIds: readonly Digest[]): void {
    if (chainIds.length === 0) return;
    const statement = this.#database.prepare('DELETE FROM image_layers WHERE chain_id = ?');
    transaction(this.#database, () => {
      for (const chainId of chainIds) statement.run(chainId);
    });
  }
}

function fromRow(row: Record<string, unknown>): Layer {
  return {
    chainId: row.chain_id as Digest,
    parent: (row.parent ?? undefined) as Digest | undefined,
    diffId: row.diff_id as Digest,
    snapshot: String(row.snapshot),
    contentBytes: Number(row.content_bytes),
    ...(row.disk_bytes === null ? {} : { diskBytes: Number(row.disk_bytes) }),
  };
}
