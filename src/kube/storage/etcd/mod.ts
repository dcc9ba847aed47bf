/** Storage in etcd: for clusters with several servers. */
export type { EtcdOptions } from './connection.ts';
export * from './etcd-storage.ts';
