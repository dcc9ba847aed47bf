import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isHakoError } from '#base';
import { isStatusError } from '#kube/api';
import { openStorage } from './open.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-kube-open-'));
after(() => rmSync(folder, { recursive: true }));

test('openStorage opens what the URL names', async () => {
  for (const url of ['memory', `sqlite:${folder}/a.db`, `sqlite://${folder}/b.db`, join(folder, 'c.db')]) {
    await using storage = await openStorage(url);
    assert.equal((await storage.put('/a', '1', 0)).done, true);
    assert.equal(storage.backup !== undefined, url !== 'memory');
  }
});

test('openStorage refuses what names nothing', async () => {
  for (const url of ['', 'sqlite:', 'mysql', 'memroy']) {
    await assert.rejects(openStorage(url), (error) => isHakoError(error, 'invalid'), url);
  }
  await assert.rejects(openStorage('http://127.0.0.1:1,ftp://b'), (error) => isHakoError(error, 'invalid'));
  const etcd = { timeoutMs: 200 };
  await assert.rejects(openStorage('http://127.0.0.1:1', { etcd }), (error) => isStatusError(error));
});

test('openStorage encrypts as the configuration says', async () => {
  const path = join(folder, 'encrypted.db');
  const encryption = JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [
      {
        resources: ['secrets'],
        providers: [{ aesgcm: { keys: [{ name: 'k', secret: Buffer.alloc(32, 5).toString('base64') }] } }],
      },
    ],
  });
  const key = '/registry/secrets/default/a';
  {
    await using storage = await openStorage(path, { encryption });
    await storage.put(key, '{"kind":"Secret"}', 0);
    assert.equal((await storage.get(key)).entry?.value, '{"kind":"Secret"}');
    await storage.backup?.(join(folder, 'copy.db'));
    await storage.advance?.(100);
    assert.equal(await storage.rewriteAll?.(), 0);
  }
  for (const file of [path, join(folder, 'copy.db')]) {
    await using storage = await openStorage(file);
    assert.ok((await storage.get(key)).entry?.value instanceof Uint8Array);
  }
});
