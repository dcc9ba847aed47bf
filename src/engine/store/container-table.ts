import { type DatabaseSync, type Migrations, migrate } from '#state';
import type { ContainerRecord, StoredState } from './record.ts';

const migrations: Migrations = {
  module: 'engine',
  steps: [
    `CREATE TABLE containers (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       record TEXT NOT NULL,
       state TEXT NOT NULL
     ) STRICT`,
  ],
};

/** The rows of the engine: one container each. Every method is durable when it returns. */
export interface ContainerTable {
  insert(record: ContainerRecord, state: StoredState): void;
  saveRecord(record: ContainerRecord): void;
  saveState(id: string, state: StoredState): void;
  delete(id: string): void;
  all(): { record: ContainerRecord; state: StoredState }[];
}

/** Opens the table in the database of the daemon. */
export function openContainerTable(database: DatabaseSync): ContainerTable {
  migrate(database, migrations);
  const insert = database.prepare('INSERT INTO containers (id, name, record, state) VALUES (?, ?, ?, ?)');
  const saveRecord = database.prepare('UPDATE containers SET name = ?, record = ? WHERE id = ?');
  const saveState = database.prepare('UPDATE containers SET state = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM containers WHERE id = ?');
  const all = database.prepare('SELECT record, state FROM containers');
  return {
    insert: (record, state) => {
      insert.run(record.id, record.name, JSON.stringify(record), JSON.stringify(state));
    },
    saveRecord: (record) => {
      saveRecord.run(record.name, JSON.stringify(record), record.id);
    },
    saveState: (id, state) => {
      saveState.run(JSON.stringify(state), id);
    },
    delete: (id) => {
      remove.run(id);
    },
    all: () =>
      all.all().map((row) => ({
        record: JSON.parse(String(row.record)) as ContainerRecord,
        state: JSON.parse(String(row.state)) as StoredState,
      })),
  };
}
