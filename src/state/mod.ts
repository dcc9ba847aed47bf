/** SQLite: open, migrate, transact. Each module owns its tables and brings its own migrations. */

export type { DatabaseSync } from 'node:sqlite';
export * from './database.ts';
