import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { isStatusError } from '#kube/api';
import { MemoryStorage } from '../memory/mod.ts';
import { record } from '../testing/recorder.ts';
import { storageSuite } from '../testing/suite.ts';
import { type EncryptionRule, parseEncryptionConfiguration } from './configuration.ts';
import { EncryptedStorage } from './encrypted-storage.ts';

const secret = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const configuration = (...providers: string[]) => `
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets, widgets.example.com]
    providers:
${providers.map((provider) => `      - ${provider}`).join('\n')}
`;
const gcm = (name: string, byte: number) => `aesgcm: { keys: [{ name: ${name}, secret: ${secret(byte)} }] }`;
const rules = (...providers: string[]) => parseEncryptionConfiguration(configuration(...providers));

const everything: EncryptionRule[] = [
  { resources: ['*.*'], providers: [{ kind: 'aesgcm', keys: [{ name: 'k', secret: Buffer.alloc(16, 1) }] }] },
];
storageSuite('encrypted', async () => new EncryptedStorage(new MemoryStorage(), everything));

test('EncryptedStorage keeps secrets in the layout of upstream, with the key in storage as additional data', async () => {
  const inner = new MemoryStorage();
  await using storage = new EncryptedStorage(inner, rules(gcm('key1', 7), 'identity: {}'));
  const key = '/registry/secrets/default/password';
  await storage.put(key, '{"kind":"Secret","data":{"p":"aHVudGVyMg=="}}', 0);
  const stored = (await inner.get(key)).entry?.value;
  assert.ok(stored instanceof Uint8Array);
  const bytes = Buffer.from(stored);
  const prefix = 'k8s:enc:aesgcm:v1:key1:';
  assert.equal(bytes.subarray(0, prefix.length).toString(), prefix);
  const sealed = bytes.subarray(prefix.length);
  const decipher = createDecipheriv('aes-256-gcm', Buffer.alloc(32, 7), sealed.subarray(0, 12));
  decipher.setAAD(Buffer.from(key)).setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString();
  assert.equal(plain, '{"kind":"Secret","data":{"p":"aHVudGVyMg=="}}');
  assert.equal((await storage.get(key)).entry?.value, plain);
});

test('EncryptedStorage leaves other resources as they are', async () => {
  const inner = new MemoryStorage();
  await using storage = new EncryptedStorage(inner, rules(gcm('key1', 7)));
  for (const key of ['/registry/configmaps/a/b', '/registry/secretsandmore/a/b', '/registry/example.com/gadgets/a']) {
    await storage.put(key, '{}', 0);
    assert.equal((await inner.get(key)).entry?.value, '{}');
  }
  await storage.put('/registry/example.com/widgets/a', '{}', 0);
  assert.ok((await inner.get('/registry/example.com/widgets/a')).entry?.value instanceof Uint8Array);
});

test('EncryptedStorage reads what older keys, aescbc and plain text left, and rewrites it', async () => {
  const inner = new MemoryStorage();
  const cbc = `aescbc: { keys: [{ name: old, secret: ${secret(3)} }] }`;
  const secretOf = (n: number) => `/registry/secrets/default/${n}`;
  await new EncryptedStorage(inner, rules('identity: {}')).put(secretOf(0), '{"n":0}', 0);
  await new EncryptedStorage(inner, rules(cbc)).put(secretOf(1), '{"n":1}', 0);
  await new EncryptedStorage(inner, rules(gcm('key1', 1))).put(secretOf(2), '{"n":2}', 0);
  await inner.put('/registry/pods/a/b', '{}', 0);
  await using storage = new EncryptedStorage(inner, rules(gcm('key2', 2), gcm('key1', 1), cbc, 'identity: {}'));
  for (const n of [0, 1, 2]) assert.equal((await storage.get(secretOf(n))).entry?.value, `{"n":${n}}`);
  assert.equal(await storage.rewriteAll(), 3);
  assert.equal(await storage.rewriteAll(), 0);
  const onlyNew = new EncryptedStorage(inner, rules(gcm('key2', 2)));
  assert.deepEqual(
    (await onlyNew.list({ prefix: '/registry/secrets/' })).entries.map((entry) => entry.value),
    ['{"n":0}', '{"n":1}', '{"n":2}'],
  );
});

test('EncryptedStorage refuses values that were tampered with, moved to another key, cut off or are of an unknown key', async () => {
  const inner = new MemoryStorage();
  await using storage = new EncryptedStorage(inner, rules(gcm('key1', 7)));
  await storage.put('/registry/secrets/a/a', '{}', 0);
  const stored = Buffer.from((await inner.get('/registry/secrets/a/a')).entry?.value as Uint8Array);
  const flipped = Buffer.from(stored);
  flipped[stored.length - 20] = (flipped[stored.length - 20] ?? 0) ^ 1;
  const values = [
    flipped,
    stored,
    stored.subarray(0, 30),
    Buffer.from('k8s:enc:aesgcm:v1:other:abc'),
    '{"plain":true}',
  ];
  for (const [n, value] of values.entries()) {
    await inner.put(`/registry/secrets/b/${n}`, value, 0);
    await assert.rejects(storage.get(`/registry/secrets/b/${n}`), (error) => isStatusError(error, 'InternalError'));
  }
  await assert.rejects(storage.list({ prefix: '/registry/secrets/' }), (error) =>
    isStatusError(error, 'InternalError'),
  );
  using recorder = record(storage, '/registry/secrets/', 1);
  await recorder.until(({ ended }) => ended.length === 1);
  assert.ok(isStatusError(recorder.ended[0], 'InternalError'));
});

test('parseEncryptionConfiguration refuses what upstream would', () => {
  const wrong = [
    '[]',
    'kind: EncryptionConfiguration',
    configuration(),
    configuration('rot13: {}'),
    configuration('{ identity: {}, aesgcm: {} }'),
    'kind: [',
    configuration('aesgcm: { keys: [] }'),
    configuration('aesgcm: { keys: [{ name: a, secret: dG9vc2hvcnQ= }] }'),
    configuration(`aesgcm: { keys: [{ name: "a:b", secret: ${secret(1)} }] }`),
    configuration(`aesgcm: { keys: [{ name: a, secret: ${secret(1)} }, { name: a, secret: ${secret(2)} }] }`),
    configuration(`aesgcm: { kyes: [] }`),
  ];
  for (const text of wrong) {
    assert.throws(
      () => parseEncryptionConfiguration(text),
      (error) => isHakoError(error, 'invalid'),
      text,
    );
  }
});
