import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHakoError, systemClock } from '#base';
import { openDatabase } from '#state';
import { mount, mountsUnder, unmount } from '#system';
import { createEvents } from '../events/mod.ts';
import { createVolumes } from './mod.ts';

const TMPFS_MAGIC = 0x01021994;

function setUp() {
  const rootDir = mkdtempSync(join(tmpdir(), 'hako-volumes-root-'));
  const database = openDatabase(':memory:');
  const events = createEvents({ clock: systemClock });
  const open = () => createVolumes({ database, rootDir, events, usedBy: () => [] });
  const close = () => {
    for (const { target } of mountsUnder(rootDir).reverse()) unmount(target, { lazy: true });
    database.close();
    rmSync(rootDir, { recursive: true, force: true });
  };
  return { rootDir, open, [Symbol.dispose]: close };
}

const tmpfs = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,mode=700,nosuid' };
const isTmpfs = (path: string) => statfsSync(path).type === TMPFS_MAGIC;

test('a tmpfs volume is mounted by its first user and unmounted by its last', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const { mountpoint } = await volumes.create({ name: 'scratch', options: tmpfs });
  assert.equal(isTmpfs(mountpoint), false);
  await Promise.all(['c1', 'c2', 'c1'].map((user) => volumes.mountForUse('scratch', user)));
  assert.equal(mountsUnder(mountpoint).length, 1);
  assert.equal(statfsSync(mountpoint).blocks * statfsSync(mountpoint).bsize, 1024 * 1024);
  await volumes.release('scratch', 'c1');
  assert.ok(isTmpfs(mountpoint));
  await volumes.release('scratch', 'c2');
  assert.deepEqual(mountsUnder(mountpoint), []);
});

test('a restarted daemon takes over mounts in use and takes away the others', async () => {
  using bed = setUp();
  const before = bed.open();
  const used = await before.create({ name: 'used', options: tmpfs });
  const unused = await before.create({ name: 'unused', options: tmpfs });
  await before.mountForUse('used', 'c1');
  await before.mountForUse('unused', 'c2');
  writeFileSync(join(used.mountpoint, 'file'), 'kept');

  const after = bed.open();
  await after.recover([
    { name: 'used', userId: 'c1' },
    { name: 'missing', userId: 'c1' },
  ]);
  assert.equal(readFileSync(join(used.mountpoint, 'file'), 'utf8'), 'kept');
  assert.deepEqual(mountsUnder(unused.mountpoint), []);
  await after.release('used', 'c1');
  assert.deepEqual(mountsUnder(used.mountpoint), []);
});

test('removing a volume never deletes what is bound into it', async () => {
  using bed = setUp();
  const precious = join(bed.rootDir, 'precious');
  mkdirSync(precious);
  writeFileSync(join(precious, 'file'), 'x');
  const volumes = bed.open();
  const options = { type: 'none', device: precious, o: 'bind,ro' };
  const { mountpoint } = await volumes.create({ name: 'bound', options });
  await volumes.mountForUse('bound', 'c1');
  assert.ok(existsSync(join(mountpoint, 'file')));
  assert.throws(() => writeFileSync(join(mountpoint, 'new'), ''), /EROFS/);

  const restarted = bed.open();
  await restarted.remove('bound');
  assert.ok(existsSync(join(precious, 'file')));
});

test('a foreign mount inside a volume forbids its removal', async () => {
  using bed = setUp();
  const volumes = bed.open();
  const { mountpoint } = await volumes.create({ name: 'data' });
  mkdirSync(join(mountpoint, 'inner'));
  mount({ type: 'tmpfs', source: 'tmpfs' }, join(mountpoint, 'inner'));
  writeFileSync(join(mountpoint, 'inner/file'), 'x');
  await assert.rejects(volumes.remove('data'), (error) => isHakoError(error, 'failed_precondition'));
  assert.ok(existsSync(join(mountpoint, 'inner/file')));
});

test('a mount that fails says so in the words of Docker and leaves no user behind', async () => {
  using bed = setUp();
  const volumes = bed.open();
  await volumes.create({ name: 'broken', options: { type: 'none', device: '/does/not/exist', o: 'bind' } });
  await volumes.create({ name: 'device', options: { type: 'ext4', device: '/does/not/exist' } });
  const words = /failed to mount local volume: mount \/does\/not\/exist:.*broken\/_data, data: bind: .*ENOENT/;
  await assert.rejects(volumes.mountForUse('broken', 'c1'), (error) => isHakoError(error) && words.test(error.message));
  await assert.rejects(volumes.mountForUse('device', 'c1'), /does not exist|No such file/i);
  await volumes.remove('broken');
  await volumes.remove('device');
});
