import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isHakoError } from '#base';
import { untilItWorks } from '../../../../test/lib/wait.ts';
import type { Storage } from '../contract.ts';
import { EtcdStorage } from '../etcd/mod.ts';
import { MemoryStorage } from '../memory/mod.ts';
import { SqliteStorage } from '../sqlite/mod.ts';
import { EtcdCluster, etcdSkip } from '../testing/etcd-server.ts';
import { churn } from '../testing/suite-watch.ts';
import { moveStorage } from './move-storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-kube-move-'));
after(() => rmSync(folder, { recursive: true }));

async function fill(storage: Storage, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await storage.put(`/registry/pods/default/${n}`, `{"n":${n},"箱":"舟"}`, 0);
  await storage.put('/registry/secrets/a/b', Buffer.from('k8s:enc:aesgcm:v1:k:\xff\0', 'latin1'), 0);
  await churn(storage, '/registry/configmaps/', 50, 9);
}

/** Keys and values, without revisions. */
async function contents(storage: Storage): Promise<[string, string][]> {
  return (await storage.list({ prefix: '' })).entries.map(({ key, value }) => [
    key,
    typeof value === 'string' ? value : `bytes ${Buffer.from(value).toString('hex')}`,
  ]);
}

test('moveStorage takes everything from SQLite to etcd and back', { skip: etcdSkip, timeout: 60_000 }, async () => {
  await using cluster = await EtcdCluster.start(1);
  await using source = await SqliteStorage.open(join(folder, 'a.db'));
  await using back = await SqliteStorage.open(join(folder, 'b.db'));
  await using etcd = await untilItWorks(() => EtcdStorage.open(cluster.endpoints));
  await fill(source, 1200);
  const expected = await contents(source);
  const there = await moveStorage(source, etcd);
  assert.equal(there.keys, expected.length);
  assert.deepEqual(await contents(etcd), expected);
  const again = await moveStorage(etcd, back);
  assert.equal(again.keys, expected.length);
  assert.equal(again.isMonotonic, true);
  assert.deepEqual(await contents(back), expected);
});

test('moveStorage starts the revisions of the target above those of the source', async () => {
  await using source = new MemoryStorage();
  await using target = new MemoryStorage();
  await fill(source, 10);
  const { sourceRevision } = await moveStorage(source, target);
  for (const { modRevision } of (await target.list({ prefix: '' })).entries) assert.ok(modRevision > sourceRevision);
});

test('moveStorage refuses a target with keys, unless it is forced to replace them', async () => {
  await using source = new MemoryStorage();
  await using target = new MemoryStorage();
  await fill(source, 700);
  await target.put('/registry/pods/default/5', 'other', 0);
  for (const key of ['/aaa', '/registry/pods/default/5x', '/zzz']) await target.put(key, '1', 0);
  await assert.rejects(moveStorage(source, target), (error) => isHakoError(error, 'conflict'));
  assert.equal(await target.count(''), 4);
  await moveStorage(source, target, { force: true });
  assert.deepEqual(await contents(target), await contents(source));
});

test('moveStorage takes along what is written while it copies', async () => {
  await using source = new MemoryStorage({ historyChanges: 1000 });
  await using target = new MemoryStorage();
  await fill(source, 2000);
  const writing = churn(source, '/registry/pods/default/', 1500, 2100);
  await moveStorage(source, target);
  await writing;
  await moveStorage(source, target, { force: true });
  assert.deepEqual(await contents(target), await contents(source));
});

test('moveStorage lets moved events go after their time', async () => {
  await using source = new MemoryStorage();
  await using target = new MemoryStorage();
  await source.put('/registry/events/default/e', '{}', 0);
  await moveStorage(source, target, {
    ttlSecondsOf: (key) => (key.startsWith('/registry/events/') ? 0.05 : undefined),
  });
  const gone = Promise.withResolvers<void>();
  using _watch = target.watch({
    prefix: '/registry/events/',
    afterRevision: (await target.get('/registry/events/default/e')).entry?.modRevision ?? 0,
    onChanges: () => gone.resolve(),
    onProgress: () => undefined,
    onEnd: gone.reject,
  });
  const { entry } = await target.get('/registry/events/default/e');
  if (entry !== undefined) await gone.promise;
  assert.equal(await target.count(''), 0);
});
