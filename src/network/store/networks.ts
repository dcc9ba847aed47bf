import { type DatabaseSync, type Migrations, migrate } from '#state';
import type { Network } from '../contract.ts';

/** A network as it is kept: what callers see, and how it came to its subnet. */
export interface NetworkRecord extends Network {
  /** The subnet was chosen by us: it may be chosen anew, and containers may not ask for addresses in it. */
  hasChosenPool: boolean;
}

const MIGRATIONS: Migrations = {
  module: 'network',
  steps: ['CREATE TABLE networks (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;'],
};

/** The networks of this installation. They outlive reboots; all are kept in memory, writes go through. */
export class NetworkStore {
  readonly #database: DatabaseSync;
  readonly #byId = new Map<string, NetworkRecord>();

  constructor(database: DatabaseSync) {
    migrate(database, MIGRATIONS);
    this.#database = database;
    for (const row of database.prepare('SELECT data FROM networks').all()) this.#remember(JSON.parse(String(row.data)));
  }

  list(): NetworkRecord[] {
    return [...this.#byId.values()].sort((a, b) => a.createdAtMs - b.createdAtMs);
  }

  byId(id: string): NetworkRecord | undefined {
    return this.#byId.get(id);
  }

  byName(name: string): NetworkRecord | undefined {
    return this.list().find((network) => network.name === name);
  }

  put(network: NetworkRecord): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO networks (id, name, data) VALUES (?, ?, ?)')
      .run(network.id, network.name, JSON.stringify(network));
    this.#remember(network);
  }

  delete(id: string): void {
    this.#database.prepare('DELETE FROM networks WHERE id = ?').run(id);
    this.#byId.delete(id);
  }

  #remember(network: NetworkRecord): void {
    this.#byId.set(network.id, network);
  }
}
