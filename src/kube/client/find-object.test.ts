import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { ApiServer } from '../apiserver/mod.ts';
import { MemoryStorage } from '../storage/memory/mod.ts';
import { findObject, HttpClient } from './mod.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };

test('findObject answers what is there, nothing where nothing is, and hands on every other error', async () => {
  await using server = new ApiServer({ storage: new MemoryStorage(), rows: builtinResources() });
  const client = server.client({ user: { name: 'tester', groups: [] }, userAgent: 'test' });
  const ref = { namespace: 'n', name: 'p' };
  assert.equal(await findObject(client, PODS, ref), undefined);
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  await client.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: ref, spec });
  assert.equal((await findObject(client, PODS, ref))?.metadata.name, 'p');
  // Nothing listens there.
  using away = new HttpClient({ server: 'http://127.0.0.1:1' });
  await assert.rejects(findObject(away, PODS, ref), (error) => isStatusError(error, 'ServiceUnavailable'));
});
