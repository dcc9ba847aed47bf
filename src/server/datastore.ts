import { readFileSync } from 'node:fs';
import { openStorage, type Storage } from '#kube/storage';
import type { ResolvedOptions } from './options.ts';

/** Opens the datastore that the options name. */
export async function openDatastore({ datastore, etcd }: ResolvedOptions): Promise<Storage> {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'));
  const tls = { ca: read(etcd?.ca), cert: read(etcd?.cert), key: read(etcd?.key) };
  const set = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
  return openStorage(datastore, Object.keys(set).length === 0 ? {} : { etcd: { tls: set } });
}
