import { type DatabaseSync, type Migrations, migrate } from '#state';

const migrations: Migrations = {
  module: 'volumes',
  steps: [
    `CREATE TABLE volumes (
       name TEXT PRIMARY KEY,
       created_at_ms INTEGER NOT NULL,
       labels TEXT NOT NULL,
       options TEXT NOT NULL
     ) STRICT`,
  ],
};

/** What the database knows of a volume; its data is a folder. */
export interface VolumeRow {
  name: string;
  createdAtMs: number;
  labels: Record<string, string>;
  options: Record<string, string>;
}

/** The volumes by name. Every method is durable when it returns. */
export interface VolumeTable {
  insert(row: VolumeRow): void;
  delete(name: string): void;
  get(name: string): VolumeRow | undefined;
  /** Ordered by name. */
  all(): VolumeRow[];
}

/** Opens the table in the database of the daemon. */
export function openVolumeTable(database: DatabaseSync): VolumeTable {
  migrate(database, migrations);
  const insert = database.prepare('INSERT INTO volumes (name, created_at_ms, labels, options) VALUES (?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM volumes WHERE name = ?');
  const one = database.prepare('SELECT * FROM volumes WHERE name = ?');
  const all = database.prepare('SELECT * FROM volumes ORDER BY name');
  return {
    insert: ({ name, createdAtMs, labels, options }) => {
      insert.run(name, createdAtMs, JSON.stringify(labels), JSON.stringify(options));
    },
    delete: (name) => {
      remove.run(name);
    },
    get: (name) => {
      const row = one.get(name);
      return row && toRow(row);
    },
    all: () => all.all().map(toRow),
  };
}

function toRow(columns: Record<string, unknown>): VolumeRow {
  return {
    name: String(columns.name),
    createdAtMs: Number(columns.created_at_ms),
    labels: JSON.parse(String(columns.labels)),
    options: JSON.parse(String(columns.options)),
  };
}
