/** Where the API server keeps its objects: one contract, and adapters for memory, SQLite and etcd. */
export * from './contract.ts';
export { tooLargeRevision } from './errors.ts';
export type { EtcdOptions } from './etcd/mod.ts';
export { compareKeys, prefixEnd } from './keys.ts';
export type { MoveOptions, MoveResult } from './move/mod.ts';
export * from './open.ts';
export { SortedKeys } from './sorted-keys.ts';
