import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHakoError, systemClock } from '#base';
import { openDatabase } from '#state';
import { createEvents } from '../events/mod.ts';
import { createVolumes } from './mod.ts';

function setUp(users: Record<string, string[]> = {}) {
  const rootDir = mkdtempSync(join(tmpdir(), 'hako-volumes-'));
  const database = openDatabase(join(rootDir, 'state.db'));
  const events = createEvents({ clock: systemClock });
  const open = () => createVolumes({ database, rootDir, events, usedBy: (name) => users[name] ?? [] });
  const close = () => {
    database.close();
    rmSync(rootDir, { recursive: true, force: true });
  };
  return { rootDir, database, events, open, folder: join(rootDir, 'volumes'), [Symbol.dispose]: close };
}

const failsWith = (code: Parameters<typeof isHakoError>[1], words: RegExp) => (error: unknown) =>
  isHakoError(error, code) && words.test(error.message);

test('a volume is a folder and a row that a restart finds again', async () => {
  using bed = setUp();
  const made = await bed.open().create({ name: 'data', labels: { a: 'b' } });
  assert.equal(made.mountpoint, join(bed.folder, 'data/_data'));
  assert.ok(existsSync(made.mountpoint));
  assert.deepEqual(bed.open().get('data'), made);
  assert.equal(made.anonymous, false);
});

test('creating is idempotent; other options conflict', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m' };
  const first = await volumes.create({ name: 'data', options });
  assert.deepEqual(await volumes.create({ name: 'data' }), first);
  assert.deepEqual(await volumes.create({ name: 'data', options: { ...options } }), first);
  await assert.rejects(
    volumes.create({ name: 'data', options: { ...options, o: '' } }),
    failsWith('conflict', /^create data/),
  );
});

test('two creations of one name at once make one volume and one event', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const made = await Promise.all([volumes.create({ name: 'data' }), volumes.create({ name: 'data' })]);
  assert.deepEqual(made[0], made[1]);
  const actions: string[] = [];
  for await (const event of bed.events.subscribe({ sinceMs: 0, untilMs: Date.now() })) actions.push(event.action);
  assert.deepEqual(actions, ['create']);
});

test('a volume without a name is anonymous and carries the label', async () => {
  using bed = setUp();
  const volume = await bed.open().create({});
  assert.match(volume.name, /^[0-9a-f]{64}$/);
  assert.equal(volume.anonymous, true);
  assert.deepEqual(volume.labels, { 'com.docker.volume.anonymous': '' });
});

test('bad names and options are refused in the words of Docker', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const refusals: [Parameters<typeof volumes.create>[0], RegExp][] = [
    [{ name: 'x' }, /too short/],
    [{ name: '../etc' }, /includes invalid characters for a local volume name/],
    [{ name: 'a/b' }, /includes invalid characters/],
    [{ name: 'a\n' }, /includes invalid characters/],
    [{ name: '.removing-a' }, /includes invalid characters/],
    [{ name: 'a'.repeat(256) }, /at most 255/],
    [{ name: 'ok', options: { foo: 'bar' } }, /invalid option: "foo"/],
    [{ name: 'ok', options: { type: 'tmpfs' } }, /missing required option: "device"/],
    [{ name: 'ok', options: { device: '/x' } }, /missing required option: "type"/],
    [{ name: 'ok', options: { size: '1g' } }, /quota size requested but no quota support/],
  ];
  for (const [request, words] of refusals) {
    await assert.rejects(volumes.create(request), failsWith('invalid', words), JSON.stringify(request));
  }
  await assert.rejects(volumes.create({ name: 'ok', driver: 'nfs' }), failsWith('not_found', /plugin "nfs" not found/));
  assert.deepEqual(volumes.list(), []);
});

test('removal deletes data and row; a container that has it forbids it', async () => {
  const users: Record<string, string[]> = { data: ['c1'] };
  using bed = setUp(users);
  const volumes = bed.open();
  const { mountpoint } = await volumes.create({ name: 'data' });
  writeFileSync(join(mountpoint, 'file'), 'x');
  await assert.rejects(volumes.remove('data'), failsWith('conflict', /remove data: volume is in use - \[c1\]/));
  delete users.data;
  await volumes.remove('data');
  assert.deepEqual(readdirSync(bed.folder), []);
  assert.throws(() => volumes.get('data'), failsWith('not_found', /^get data: no such volume$/));
  await assert.rejects(volumes.remove('data'), failsWith('not_found', /no such volume/));
  await volumes.remove('data', { force: true });
});

test('removal follows no symbolic link', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const { mountpoint } = await volumes.create({ name: 'data' });
  const precious = join(bed.rootDir, 'precious');
  mkdirSync(precious);
  writeFileSync(join(precious, 'file'), 'x');
  symlinkSync(precious, join(mountpoint, 'link'));
  await volumes.remove('data');
  assert.ok(existsSync(join(precious, 'file')));
});

test('a use without mount options still forbids removal until it is released', async () => {
  using bed = setUp();
  const volumes = bed.open();
  await volumes.create({ name: 'data' });
  await volumes.mountForUse('data', 'c1');
  await assert.rejects(volumes.remove('data'), failsWith('conflict', /in use/));
  await volumes.release('data', 'c1');
  await volumes.release('data', 'c1');
  await volumes.remove('data');
  await volumes.release('data', 'c1');
});

test('start-up takes over unknown data, drops empty leftovers, remakes missing folders', async () => {
  using bed = setUp();
  await bed.open().create({ name: 'known' });
  rmSync(join(bed.folder, 'known'), { recursive: true });
  mkdirSync(join(bed.folder, 'half-made/_data'), { recursive: true });
  mkdirSync(join(bed.folder, 'quarter-made'));
  mkdirSync(join(bed.folder, 'no-volume/folder'), { recursive: true });
  mkdirSync(join(bed.folder, 'foreign/_data'), { recursive: true });
  writeFileSync(join(bed.folder, 'foreign/_data/file'), 'x');
  mkdirSync(join(bed.folder, 'lost+found'));
  const volumes = bed.open();
  assert.deepEqual(
    volumes.list().map(({ name }) => name),
    ['foreign', 'known'],
  );
  assert.ok(existsSync(volumes.get('known').mountpoint));
  assert.deepEqual(readdirSync(bed.folder).sort(), ['foreign', 'known', 'lost+found', 'no-volume']);
});

test('a removal that broke off before the row was deleted is undone, after it is finished', async () => {
  using bed = setUp();
  await bed.open().create({ name: 'kept' });
  mkdirSync(join(bed.folder, '.removing-kept/_data'), { recursive: true });
  writeFileSync(join(bed.folder, '.removing-kept/_data/file'), 'x');
  rmSync(join(bed.folder, 'kept'), { recursive: true });
  mkdirSync(join(bed.folder, '.removing-gone/_data'), { recursive: true });
  writeFileSync(join(bed.folder, '.removing-gone/_data/file'), 'x');
  const volumes = bed.open();
  await volumes.recover([]);
  assert.ok(existsSync(join(bed.folder, 'kept/_data/file')));
  assert.deepEqual(readdirSync(bed.folder), ['kept']);
  assert.equal(volumes.list().length, 1);
});

test('usage counts what is in the folder, hard links once', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const { mountpoint } = await volumes.create({ name: 'data' });
  mkdirSync(join(mountpoint, 'a/b'), { recursive: true });
  writeFileSync(join(mountpoint, 'a/b/file'), Buffer.alloc(1000));
  writeFileSync(join(mountpoint, 'other'), Buffer.alloc(24));
  const { linkSync } = await import('node:fs');
  linkSync(join(mountpoint, 'other'), join(mountpoint, 'a/link'));
  assert.equal(await volumes.usageBytes('data'), 1024);
});
