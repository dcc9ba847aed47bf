import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { isHakoError } from '#base';
import { isStatusError } from '#kube/api';
import { record } from '../testing/recorder.ts';
import { storageSuite } from '../testing/suite.ts';
import { assertUnbroken, churn } from '../testing/suite-watch.ts';
import { restoreSqlite } from './restore.ts';
import { SqliteStorage } from './sqlite-storage.ts';

const folder = mkdtempSync(join(tmpdir(), 'hako-kube-sqlite-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `${files++}`, 'state.db');

storageSuite('sqlite', () => SqliteStorage.open(newFile()));

test('SqliteStorage has everything after a restart, with its history and its series of revisions', async () => {
  const path = newFile();
  let revision = 0;
  let entries: unknown;
  {
    await using storage = await SqliteStorage.open(path);
    await churn(storage, '/r/', 100, 9);
    const last = await storage.put('/r/last', '1', 0);
    await storage.delete('/r/last', last.revision);
    ({ entries, revision } = await storage.list({ prefix: '' }));
  }
  await using storage = await SqliteStorage.open(path);
  assert.deepEqual(await storage.list({ prefix: '' }), { entries, revision, remaining: 0 });
  using recorder = record(storage, '', 1);
  await recorder.reach(revision);
  assert.equal(recorder.changes.length, revision - 1);
});

test('SqliteStorage never uses a revision twice, though all history is compacted before a restart', async () => {
  const path = newFile();
  let revision = 0;
  {
    await using storage = await SqliteStorage.open(path);
    ({ revision } = await storage.put('/a', '1', 0));
    ({ revision } = await storage.delete('/a', revision));
    await storage.compact(revision);
  }
  await using storage = await SqliteStorage.open(path);
  assert.equal(await storage.revision(), revision);
  assert.equal((await storage.put('/a', '1', 0)).revision, revision + 1);
});

test('SqliteStorage lets keys go whose time ended while nobody served the file', async () => {
  const path = newFile();
  let revision = 0;
  {
    await using storage = await SqliteStorage.open(path);
    ({ revision } = await storage.put('/short', '1', 0, { ttlSeconds: 0.01 }));
    ({ revision } = await storage.put('/middle', '1', 0, { ttlSeconds: 0.3 }));
    await storage.put('/long', '1', 0, { ttlSeconds: 3600 });
  }
  await using storage = await SqliteStorage.open(path);
  using recorder = record(storage, '', revision);
  await recorder.until(({ changes }) => changes.filter((change) => change.type === 'delete').length === 2);
  assert.deepEqual(
    (await storage.list({ prefix: '' })).entries.map((entry) => entry.key),
    ['/long'],
  );
});

test('SqliteStorage keeps no more history than its limits allow, and removes the values of the rest', async () => {
  const path = newFile();
  {
    await using storage = await SqliteStorage.open(path, { historyChanges: 100 });
    await churn(storage, '/r/', 1000, 5);
    const newest = await storage.revision();
    await storage.list({ prefix: '', revision: newest - 99 });
    const isExpired = (error: unknown) => isStatusError(error, 'Expired');
    await assert.rejects(storage.list({ prefix: '', revision: newest - 400 }), isExpired);
  }
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  assert.ok(rows('log') < 400, `${rows('log')} rows of log`);
  assert.ok(rows('value') < 400, `${rows('value')} values`);
});

test('SqliteStorage forgets history earlier where superseded values are large', async () => {
  await using storage = await SqliteStorage.open(newFile(), { historyBytes: 200_000 });
  let revision = 0;
  for (let n = 0; n < 400; n++) ({ revision } = await storage.put('/big', `"${'x'.repeat(10_000)}"`, revision));
  await assert.rejects(storage.list({ prefix: '', revision: 50 }), (error) => isStatusError(error, 'Expired'));
  assert.equal((await storage.list({ prefix: '' })).entries.length, 1);
});

test('SqliteStorage is opened by one at a time', async () => {
  const path = newFile();
  {
    await using _first = await SqliteStorage.open(path);
    await assert.rejects(SqliteStorage.open(path), (error) => isHakoError(error, 'conflict'));
  }
  await using _again = await SqliteStorage.open(path);
});

test('SqliteStorage keeps its file from other users', async () => {
  const path = newFile();
  await using storage = await SqliteStorage.open(path);
  await storage.put('/a', '1', 0);
  for (const suffix of ['', '-wal', '-shm']) assert.equal(statSync(`${path}${suffix}`).mode & 0o077, 0, suffix);
});

test('SqliteStorage says why a file cannot be opened', async () => {
  const path = newFile();
  await using first = await SqliteStorage.open(path);
  const garbage = join(folder, 'garbage.db');
  writeFileSync(garbage, 'this is no database'.repeat(1000));
  await assert.rejects(SqliteStorage.open(garbage), /not a database/);
  await assert.rejects(SqliteStorage.open(join(garbage, 'folder', 'state.db')), /garbage/);
  assert.equal(await first.revision(), 1);
});

test('SqliteStorage advances its revision, also over a restart', async () => {
  const path = newFile();
  {
    await using storage = await SqliteStorage.open(path);
    await storage.put('/a', '1', 0);
    await storage.advance(5000);
    assert.equal(await storage.revision(), 5000);
  }
  await using storage = await SqliteStorage.open(path);
  assert.equal((await storage.put('/b', '1', 0)).revision, 5001);
  assert.equal((await storage.get('/a')).entry?.modRevision, 2);
});

test('SqliteStorage backs up a consistent state while it is written to, and restores it above all revisions', async () => {
  const path = newFile();
  const backupFile = join(folder, 'backup.db');
  let state: [string, unknown][] = [];
  let newest = 0;
  {
    await using storage = await SqliteStorage.open(path);
    for (let n = 0; n < 500; n++) await storage.put(`/pair/a${n}`, 'x'.repeat(2000), 0);
    const writing = churn(storage, '/r/', 500, 9);
    await storage.backup(backupFile);
    await writing;
    await storage.backup(backupFile);
    state = (await storage.list({ prefix: '' })).entries.map(({ key, value }) => [key, value]);
    await churn(storage, '/lost/', 50, 9);
    newest = await storage.revision();
    await assert.rejects(restoreSqlite(backupFile, path), (error) => isHakoError(error, 'conflict'));
  }
  assert.equal(existsSync(`${backupFile}.partial`), false);
  const revision = await restoreSqlite(backupFile, path);
  assert.ok(revision > newest);
  await using storage = await SqliteStorage.open(path);
  const { entries } = await storage.list({ prefix: '' });
  assert.deepEqual(
    entries.map(({ key, value }) => [key, value]),
    state,
  );
  assert.ok((await storage.put('/new', '1', 0)).revision > revision);
  using recorder = record(storage, '', newest);
  await recorder.until(({ ended }) => ended.length === 1);
  assert.ok(isStatusError(recorder.ended[0], 'Expired'));
});

test('restoreSqlite refuses what is no whole backup of ours', async () => {
  const path = newFile();
  const bad = join(folder, 'bad.db');
  const isInvalid = (error: unknown) => isHakoError(error, 'invalid');
  await assert.rejects(restoreSqlite(join(folder, 'missing.db'), path), isInvalid);
  writeFileSync(bad, 'no database at all'.repeat(500));
  await assert.rejects(restoreSqlite(bad, path), isInvalid);
  rmSync(bad);
  {
    using other = new DatabaseSync(bad);
    other.exec('CREATE TABLE store (a)');
  }
  await assert.rejects(restoreSqlite(bad, path), isInvalid);
  assert.equal(existsSync(path), false);
});

test('SqliteStorage backup tells where it cannot be written', async () => {
  const path = newFile();
  await using storage = await SqliteStorage.open(path);
  await assert.rejects(storage.backup('/proc/nowhere/backup.db'), (error) => isStatusError(error, 'InternalError'));
  copyFileSync(path, join(folder, 'copy.db'));
});

test('SqliteStorage counts the same from memory as from the file, while keys come and go', async () => {
  await using storage = await SqliteStorage.open(newFile());
  for (let n = 0; n < 40; n++) await storage.put(`/r/${n}`, '1', 0, n % 10 === 0 ? { ttlSeconds: 0.2 } : {});
  const check = async () => {
    const page = await storage.list({ prefix: '/r/', limit: 5 });
    const all = await storage.list({ prefix: '/r/', revision: page.revision });
    assert.equal(page.remaining + page.entries.length, all.entries.length);
    assert.equal(await storage.count('/r/'), (await storage.list({ prefix: '/r/' })).entries.length);
  };
  const checking = (async () => {
    for (let n = 0; n < 100; n++) await check();
  })();
  await Promise.all([checking, churn(storage, '/r/', 200, 60), churn(storage, '/r/x', 200, 30)]);
  using recorder = record(storage, '/r/', 1);
  await recorder.until(({ changes }) => changes.some((change) => change.key === '/r/10' && change.type === 'delete'));
  await check();
  await storage.advance((await storage.revision()) + 100);
  await check();
});

test('SqliteStorage goes on with a new thread where the one that writes dies, and tells watchers what it had committed', async () => {
  const started: Worker[] = [];
  const onWorker = (worker: Worker) => started.push(worker);
  process.on('worker', onWorker);
  await using storage = await SqliteStorage.open(newFile());
  using recorder = record(storage, '/w/', 1);
  const acknowledged: string[] = [];
  let unknown = 0;
  let isOver = false;
  const write = async (caller: number) => {
    for (let n = 0; !isOver; n++) {
      const key = `/w/${caller}/${n}`;
      try {
        if ((await storage.put(key, '1', 0)).done) acknowledged.push(key);
      } catch (error) {
        assert.ok(isStatusError(error, 'ServiceUnavailable'), String(error));
        unknown++;
      }
    }
  };
  const writes = Array.from({ length: 16 }, (_, caller) => write(caller));
  let deaths = 0;
  // One that dies between two batches leaves nobody without an answer: then the next one dies too.
  while (unknown === 0 && deaths < 50) {
    const soFar = recorder.changes.length;
    await recorder.until(({ changes }) => changes.length >= soFar + 100);
    await started[deaths++]?.terminate();
  }
  isOver = true;
  await Promise.all(writes);
  process.off('worker', onWorker);
  assert.equal(started.length, deaths + 1);
  assert.ok(unknown > 0 && unknown <= 16 * deaths, `${unknown} writes without an answer after ${deaths} deaths`);
  const { entries, revision } = await storage.list({ prefix: '/w/' });
  await recorder.reach(revision);
  assertUnbroken(recorder.changes);
  assert.deepEqual(
    recorder.changes.map((change) => change.key).sort(),
    entries.map((entry) => entry.key),
  );
  const there = new Set(entries.map((entry) => entry.key));
  for (const key of acknowledged) assert.ok(there.has(key), key);
});

test('SqliteStorage leaves no thread behind where it is closed while one takes over from another', async () => {
  const started: Worker[] = [];
  const onWorker = (worker: Worker) => started.push(worker);
  process.on('worker', onWorker);
  {
    await using storage = await SqliteStorage.open(newFile());
    await storage.put('/a', '1', 0);
    await started[0]?.terminate();
  }
  process.off('worker', onWorker);
  assert.deepEqual(
    started.map((worker) => worker.threadId),
    [-1, -1],
  );
});
