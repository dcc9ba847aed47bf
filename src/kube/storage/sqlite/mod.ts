/** Storage in one SQLite file: the default of a cluster with one server. */
export { backup } from './backup.ts';
export type { SqliteLimits } from './protocol.ts';
export * from './restore.ts';
export * from './sqlite-storage.ts';
