import { openStorage, type Storage } from '#kube/storage';
import type { ResolvedOptions } from './options.ts';

/** Opens the datastore that the options name. */
export function openDatastore({ datastore, etcd }: ResolvedOptions): Promise<Storage> {
  const { ca, cert, key } = etcd ?? {};
  if (ca === undefined && cert === undefined && key === undefined) return openStorage(datastore);
  return openStorage(datastore, {
    etcd: {
      ...(ca === undefined ? {} : { caFile: ca }),
      ...(cert === undefined ? {} : { certFile: cert }),
      ...(key === undefined ? {} : { keyFile: key }),
    },
  });
}
