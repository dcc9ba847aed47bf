import { after, before } from 'node:test';
import { untilItWorks } from '../../../../test/lib/wait.ts';
import { EtcdCluster, etcdSkip } from '../testing/etcd-server.ts';
import { storageSuite } from '../testing/suite.ts';
import { EtcdStorage } from './etcd-storage.ts';

let cluster: EtcdCluster | undefined;
before(async () => {
  if (etcdSkip === false) cluster = await EtcdCluster.start(1);
});
after(async () => cluster?.[Symbol.asyncDispose]());

/** A storage without keys: what the test before left is removed. */
async function openEmpty(): Promise<EtcdStorage> {
  const storage = await untilItWorks(() => EtcdStorage.open(cluster?.endpoints ?? []));
  const entries = [...(await storage.list({ prefix: '' })).entries];
  while (entries.length > 0) {
    await Promise.all(entries.splice(0, 200).map(({ key, modRevision }) => storage.delete(key, modRevision)));
  }
  return storage;
}

storageSuite('etcd', openEmpty, { skip: etcdSkip, embedded: false });
