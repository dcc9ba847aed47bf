import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { CLAIMS, EVENTS, PODS } from '../common/mod.ts';
import { until } from '../testing/until.ts';
import { CLASSES, type PersistentVolume, type PersistentVolumeClaim, PROVISIONER, VOLUMES } from './types.ts';

function makeVolume(client: Client, name: string, storage: string, spec: object = {}) {
  return client.create<PersistentVolume>(VOLUMES, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/tmp/x' }, ...spec },
  });
}

function makeClaim(client: Client, name: string, storage: string, spec: object = {}) {
  return client.create<PersistentVolumeClaim>(CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, storageClassName: '', ...spec },
  });
}

const claimOf = (client: Client, name: string) =>
  findObject<PersistentVolumeClaim>(client, CLAIMS, { namespace: 'default', name });
const phaseOf = async (client: Client, name: string) =>
  (await findObject<PersistentVolume>(client, VOLUMES, { name }))?.status?.phase;

test('a claim gets the smallest volume that does, which is released with it', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await makeVolume(client, 'large', '50Gi');
  await makeVolume(client, 'small', '5Gi');
  await until(
    async () => (await phaseOf(client, 'small')) === 'Available' && (await phaseOf(client, 'large')) === 'Available',
  );
  await makeClaim(client, 'data', '3Gi');
  await until(async () => (await claimOf(client, 'data'))?.status?.phase === 'Bound');
  const bound = await claimOf(client, 'data');
  assert.equal(bound?.spec?.volumeName, 'small');
  assert.deepEqual(bound?.status?.capacity, { storage: '5Gi' });
  assert.equal(await phaseOf(client, 'small'), 'Bound');
  await client.delete(CLAIMS, { namespace: 'default', name: 'data' });
  await until(async () => (await phaseOf(client, 'small')) === 'Released');
  await makeClaim(client, 'more', '5Gi');
  await until(async () => (await claimOf(client, 'more'))?.spec?.volumeName === 'large');
});

test('a claim that came before its volume is bound when that comes, and lost when it goes', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await makeClaim(client, 'data', '1Gi');
  const reasons = async () => (await client.list(EVENTS, { namespace: 'default' })).items.map(({ reason }) => reason);
  await until(async () => (await reasons()).includes('FailedBinding'));
  await makeVolume(client, 'v', '1Gi');
  await until(async () => (await claimOf(client, 'data'))?.status?.phase === 'Bound');
  await client.patch(VOLUMES, { name: 'v' }, { type: 'merge', body: { metadata: { finalizers: null } } });
  await client.delete(VOLUMES, { name: 'v' });
  await client
    .patch(VOLUMES, { name: 'v' }, { type: 'merge', body: { metadata: { finalizers: null } } })
    .catch(() => undefined);
  await until(async () => (await claimOf(client, 'data'))?.status?.phase === 'Lost');
});

test('a claim of a class asks its provisioner, whose volume it then gets', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await client.create(CLASSES, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    provisioner: 'csi.example.org',
  });
  await makeClaim(client, 'data', '1Gi', { storageClassName: 'fast' });
  await until(async () => (await claimOf(client, 'data'))?.metadata.annotations?.[PROVISIONER] === 'csi.example.org');
  const made = await claimOf(client, 'data');
  const claimRef = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: 'default',
    name: 'data',
    uid: made?.metadata.uid,
  };
  await makeVolume(client, 'made', '1Gi', { storageClassName: 'fast', claimRef });
  await until(async () => (await claimOf(client, 'data'))?.status?.phase === 'Bound');
});

test('a claim that a pod uses waits for it; claims of ephemeral volumes come and go with their pod', async () => {
  await using cluster = await createCluster({ fakeNodes: 1 });
  const { client } = cluster;
  await makeClaim(client, 'data', '1Gi');
  const volumeClaimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  const volumes = [
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'scratch', ephemeral: { volumeClaimTemplate } },
  ];
  const metadata = { namespace: 'default', name: 'p' };
  const spec = { containers: [{ name: 'main', image: 'example/web' }], volumes };
  await until(
    async () => (await claimOf(client, 'data'))?.metadata.finalizers?.includes('kubernetes.io/pvc-protection') === true,
  );
  await until(
    async () =>
      (await findObject(
        client,
        { group: '', version: 'v1', resource: 'serviceaccounts' },
        { namespace: 'default', name: 'default' },
      )) !== undefined,
  );
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  await until(async () => (await claimOf(client, 'p-scratch')) !== undefined);
  await until(
    async () =>
      ((await findObject(client, PODS, metadata))?.spec as { nodeName?: string } | undefined)?.nodeName !== undefined,
  );
  const held = await client.delete(CLAIMS, { namespace: 'default', name: 'data' });
  assert.notEqual(held?.metadata.deletionTimestamp, undefined);
  await client.delete(PODS, metadata);
  await until(
    async () => (await claimOf(client, 'data')) === undefined && (await claimOf(client, 'p-scratch')) === undefined,
  );
});
