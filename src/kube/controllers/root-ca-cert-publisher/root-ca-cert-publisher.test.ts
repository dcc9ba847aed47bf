import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../../server/cluster.ts';
import { NAMESPACES } from '../namespace/mod.ts';
import { until } from '../testing/until.ts';
import { planRootCa } from './root-ca-cert-publisher.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };

test('planRootCa writes what is missing or was changed, and nothing else', () => {
  const wanted = planRootCa('room', undefined, 'PEM');
  assert.deepEqual(wanted?.data, { 'ca.crt': 'PEM' });
  assert.equal(planRootCa('room', wanted, 'PEM'), undefined);
  assert.deepEqual(planRootCa('room', { ...wanted, data: { 'ca.crt': 'PEM', other: '' } } as never, 'PEM')?.data, {
    'ca.crt': 'PEM',
  });
  assert.deepEqual(planRootCa('room', wanted, 'NEW')?.data, { 'ca.crt': 'NEW' });
});

test('rootCaPublisher puts the CA into every namespace, and back when it is taken away', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await client.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'room' } });
  const find = async (namespace: string) =>
    (await client.list(CONFIG_MAPS, { namespace, fieldSelector: 'metadata.name=kube-root-ca.crt' })).items[0];
  await until(async () => (await find('room')) !== undefined && (await find('default')) !== undefined);
  const first = await find('room');
  assert.match(JSON.stringify(first?.data), /BEGIN CERTIFICATE/);
  await client.delete(CONFIG_MAPS, { namespace: 'room', name: 'kube-root-ca.crt' });
  await until(async () => ((await find('room'))?.metadata.uid ?? first?.metadata.uid) !== first?.metadata.uid);
});
