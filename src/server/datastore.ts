import { type OpenedStorage, openStorage } from '#kube/storage';
import type { ResolvedOptions } from './options.ts';
import { readOptionFile } from './read-option-file.ts';

/** Opens the datastore that the options name, with its encryption. */
export function openDatastore({ datastore, etcd, encryptionConfig }: DatastoreOptions): Promise<OpenedStorage> {
  const { ca, cert, key } = etcd ?? {};
  return openStorage(datastore, {
    etcd: {
      ...(ca === undefined ? {} : { caFile: ca }),
      ...(cert === undefined ? {} : { certFile: cert }),
      ...(key === undefined ? {} : { keyFile: key }),
    },
    ...(encryptionConfig === undefined ? {} : { encryption: readOptionFile('encryption-config', encryptionConfig) }),
  });
}

/** What opening a datastore needs to know. */
export type DatastoreOptions = Pick<ResolvedOptions, 'datastore' | 'etcd' | 'encryptionConfig'>;
