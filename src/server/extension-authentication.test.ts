import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import { memoryPki } from '#kube/auth';
import { publishAuthentication } from './extension-authentication.ts';
import { startServer } from './server.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const WHERE = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const YEAR_MS = 366 * 24 * 3_600_000;

interface ConfigMap extends KubeObject {
  data: Record<string, string>;
}

test('extension servers read from the cluster whom to believe', async () => {
  await using server = await startServer({ listen: '127.0.0.1:0', datastore: 'memory', controllers: false });
  const read = () => server.client.get<ConfigMap>(CONFIG_MAPS, WHERE);
  const authorities = async (key: string) =>
    (await read()).data[key]?.match(/-----BEGIN [\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const { 'client-ca-file': clients, 'requestheader-client-ca-file': proxies, ...headers } = (await read()).data;
  assert.ok(new X509Certificate(clients ?? '').ca);
  assert.ok(new X509Certificate(proxies ?? '').ca);
  assert.deepEqual(headers, {
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-username-headers': '["X-Remote-User"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
  });

  // Two more servers of the cluster, with certificates of their own, start together.
  const others = await Promise.all([memoryPki({}), memoryPki({})]);
  await Promise.all(others.map((pki) => publishAuthentication(server.client, pki)));
  const trusted = await authorities('requestheader-client-ca-file');
  assert.equal(trusted.length, 3);
  for (const { frontProxyCa } of others) assert.ok(trusted.includes(frontProxyCa.cert.trim()));

  const { metadata } = await read();
  for (const pki of others) await publishAuthentication(server.client, pki);
  assert.equal((await read()).metadata.resourceVersion, metadata.resourceVersion, 'nothing new, nothing written');

  const broken = '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n';
  const now = await read();
  const damaged = broken + now.data['client-ca-file'];
  await server.client.update(CONFIG_MAPS, { ...now, data: { ...now.data, 'client-ca-file': damaged } } as ConfigMap);
  await publishAuthentication(server.client, others[0]);
  assert.deepEqual(
    (await read()).data,
    now.data,
    'what is no certificate is left out, and keeps no server from starting',
  );

  const later = Date.now() + 20 * YEAR_MS;
  await publishAuthentication(server.client, await memoryPki({ nowMs: later }), later);
  assert.equal((await authorities('client-ca-file')).length, 1, 'what has run out is left out');
});
