import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatusError } from '#kube/api';
import { record } from '../testing/recorder.ts';
import { storageSuite } from '../testing/suite.ts';
import { MemoryStorage } from './memory-storage.ts';

storageSuite('memory', async () => new MemoryStorage());

test('MemoryStorage forgets what exceeds its limits, the oldest first', async () => {
  await using storage = new MemoryStorage({ historyChanges: 3 });
  for (let n = 0; n < 10; n++) await storage.put(`/${n}`, '1', 0);
  const newest = await storage.revision();
  assert.equal((await storage.list({ prefix: '/', revision: newest - 3 })).entries.length, 7);
  await assert.rejects(storage.list({ prefix: '/', revision: newest - 4 }), (error) => isStatusError(error, 'Expired'));
});

test('MemoryStorage counts large values against its history', async () => {
  await using storage = new MemoryStorage({ historyChars: 1000 });
  for (let n = 0; n < 10; n++) await storage.put(`/${n}`, 'x'.repeat(400), 0);
  const newest = await storage.revision();
  await assert.rejects(storage.list({ prefix: '/', revision: newest - 3 }), (error) => isStatusError(error, 'Expired'));
  await storage.put('/huge', 'x'.repeat(5000), 0);
  assert.equal((await storage.list({ prefix: '/' })).entries.length, 11);
});

test('MemoryStorage advances its revision and forgets its history', async () => {
  await using storage = new MemoryStorage();
  await storage.put('/a', '1', 0);
  using recorder = record(storage, '/', 2);
  await storage.advance(1000);
  await storage.advance(10);
  assert.equal(await storage.revision(), 1000);
  recorder.watch.requestProgress();
  await recorder.until(({ progress }) => progress.at(-1) === 1000);
  await storage.put('/b', '1', 0);
  assert.equal(recorder.changes.at(-1)?.revision, 1001);
  await assert.rejects(storage.list({ prefix: '/', revision: 2 }), (error) => isStatusError(error, 'Expired'));
});
