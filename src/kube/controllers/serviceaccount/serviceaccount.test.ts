import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { NAMESPACES } from '../namespace/mod.ts';
import { makeNamespace } from '../testing/objects.ts';
import { until } from '../testing/until.ts';

const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const REF = { namespace: 'room', name: 'default' };

test('serviceAccountController gives every namespace its account, again when it is deleted, and none to one that goes', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  await makeNamespace(client, 'room');
  const uid = async () => (await findObject(client, ACCOUNTS, REF))?.metadata.uid;
  await until(async () => (await uid()) !== undefined);
  const first = await uid();
  await client.delete(ACCOUNTS, REF);
  await until(async () => ![undefined, first].includes(await uid()));
  await client.delete(NAMESPACES, { name: 'room' });
  await until(async () => (await findObject(client, NAMESPACES, { name: 'room' })) === undefined);
  assert.equal(await uid(), undefined);
});
