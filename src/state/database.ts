import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HakoError, makeFolders } from '#base';

/** The forward-only schema steps of one module. Step N (from 1) is run once, in order; a released step never changes. */
export interface Migrations {
  module: string;
  steps: readonly string[];
}

/**
 * Opens (or makes) the SQLite database of a process: WAL, every commit durable before it answers.
 * `:memory:` gives one that dies with the process.
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') makeFolders(dirname(path), 0o700);
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS schema_version (module TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
  `);
  return database;
}

/** Brings the tables of one module up to date. Refuses a database that a newer Hakobune wrote. */
export function migrate(database: DatabaseSync, migrations: Migrations): void {
  const { module, steps } = migrations;
  const row = database.prepare('SELECT version FROM schema_version WHERE module = ?').get(module);
  const version = Number(row?.version ?? 0);
  if (version > steps.length) {
    const problem = `the tables of "${module}" are at version ${version}, this program knows ${steps.length}`;
    throw new HakoError('failed_precondition', `${problem}: start the newer Hakobune that wrote them`);
  }
  for (let next = version; next < steps.length; next++) applyStep(database, module, next + 1, steps[next] ?? '');
}

function applyStep(database: DatabaseSync, module: string, version: number, sql: string): void {
  transaction(database, () => {
    database.exec(sql);
    database.prepare('INSERT OR REPLACE INTO schema_version (module, version) VALUES (?, ?)').run(module, version);
  });
}

/** Runs `work` in one transaction: all of it is durable when this returns, none of it when it throws. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
