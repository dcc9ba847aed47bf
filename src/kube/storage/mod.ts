/** Where the API server keeps its objects: one contract, and adapters for memory, SQLite and etcd. */
export * from './contract.ts';
export * from './open.ts';
