import type { Digest } from '#base';
import type { DatabaseSync } from '#state';
import type { IdMapping } from '../contract.ts';

/** What is known of a container's writable layer. */
export interface ContainerLayer {
  key: string;
  chainId: Digest | undefined;
  mapping: IdMapping | undefined;
  volatile: boolean;
}

/** The rows of writable layers: each keeps the image layers below it alive. */
export class ContainerLayerTable {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  find(key: string): ContainerLayer | undefined {
    const row = this.#database.prepare('SELECT * FROM container_layers WHERE key = ?').get(key);
    return row === undefined ? undefined : fromRow(row);
  }

  all(): ContainerLayer[] {
    return this.#database.prepare('SELECT * FROM container_layers').all().map(fromRow);
  }

  insert({ key, chainId, mapping, volatile }: ContainerLayer): void {
    this.#database
      .prepare('INSERT INTO container_layers (key, chain_id, host_id, id_count, volatile) VALUES (?, ?, ?, ?, ?)')
      .run(key, chainId ?? null, mapping?.hostId ?? null, mapping?.size ?? null, volatile ? 1 : 0);
  }

  delete(key: string): void {
    this.#database.prepare('DELETE FROM container_layers WHERE key = ?').run(key);
  }
}

function fromRow(row: Record<string, unknown>): ContainerLayer {
  const mapped = row.host_id !== null;
  return {
    key: String(row.key),
    chainId: (row.chain_id ?? undefined) as Digest | undefined,
    mapping: mapped ? { hostId: Number(row.host_id), size: Number(row.id_count) } : undefined,
    volatile: row.volatile === 1,
  };
}
