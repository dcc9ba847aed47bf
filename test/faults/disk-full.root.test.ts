/** A disk that is full says so, corrupts nothing, and when there is room again everything goes on. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { create, exec, inspect, launch, logsOf, remove, runScript } from '../lib/containers.ts';
import { IMAGE, missing, TestDaemon } from '../lib/daemon.ts';
import { importEntries, rootfsEntries } from '../lib/image-tar.ts';
import { eventually } from '../lib/wait.ts';

const DISK_BYTES = 48 * 1024 * 1024;
const NO_SPACE = /no space left on device|disk is full|ENOSPC|SQLITE_FULL/i;

/** A small ext4 of its own, mounted in a temp folder. */
function makeDisk(): { folder: string; mountPoint: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hako-disk-'));
  const [image, mountPoint] = [join(folder, 'image'), join(folder, 'mnt')];
  execFileSync('fallocate', ['-l', String(DISK_BYTES), image]);
  mkdirSync(mountPoint);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', '-F', image]);
  execFileSync('mount', ['-o', 'loop', image, mountPoint]);
  return { folder, mountPoint };
}

describe('a daemon whose disk is full', {
  skip: missing() ?? (spawnSync('mkfs.ext4', ['-V']).error && 'needs mkfs.ext4'),
}, () => {
  let disk: ReturnType<typeof makeDisk>;
  let daemon: TestDaemon;
  before(async () => {
    disk = makeDisk();
    daemon = await TestDaemon.start({ root: join(disk.mountPoint, 'root') });
  });
  after(async () => {
    await daemon?.[Symbol.asyncDispose]();
    execFileSync('umount', [disk.mountPoint]);
    rmSync(disk.folder, { recursive: true });
  });

  const ballast = () => join(disk.mountPoint, 'ballast');
  /** Takes the last block. */
  const fill = () => {
    spawnSync('dd', ['if=/dev/zero', `of=${ballast()}`, 'bs=64K'], { stdio: 'ignore' });
    spawnSync('dd', ['if=/dev/zero', `of=${ballast()}2`, 'bs=512'], { stdio: 'ignore' });
  };
  const free = () => {
    for (const name of [ballast(), `${ballast()}2`]) rmSync(name, { force: true });
  };

  afterEach(async () => {
    free();
    const left = await daemon.api.ok<{ Id: string }[]>('GET', '/containers/json?all=1');
    await remove(daemon, ...left.map(({ Id }) => Id));
  });

  it('refuses an image that does not fit, and keeps nothing of it', async () => {
    const before = readdirSync(`${daemon.root}/snapshots`);
    const big = { name: 'big', content: randomBytes(60 * 1024 * 1024) };
    const error = await importEntries(daemon, 'big', [...rootfsEntries(daemon), big]);
    assert.match(error ?? '', NO_SPACE);
    assert.equal((await daemon.api.call('GET', '/images/big:1/json')).status, 404);
    await eventually('the removal of what was written', () => {
      const { root } = daemon;
      return readdirSync(`${root}/content/ingest`).length === 0 && readdirSync(`${root}/trash`).length === 0;
    });
    assert.deepEqual(readdirSync(`${daemon.root}/snapshots`), before);
    assert.equal((await runScript(daemon, 'echo fine')).output, 'fine\n');
  });

  it('says so at create and start, still stops and removes, and works again when there is room', async () => {
    await launch(daemon, 'running', { Cmd: ['sh', '-c', 'while :; do echo line; sleep 0.05; done'] });
    await create(daemon, 'made', { Cmd: ['true'] });
    fill();
    const { output } = await exec(daemon, 'running', { Cmd: ['sh', '-c', 'dd if=/dev/zero of=/x bs=64K count=16'] });
    assert.match(output, NO_SPACE);
    for (const [method, path, body] of [
      ['POST', '/containers/create?name=new', { Image: IMAGE, Cmd: ['true'] }],
      ['POST', '/containers/made/start', undefined],
      ['POST', '/volumes/create', { Name: 'vol' }],
    ] as const) {
      const answer = await daemon.api.call(method, path, body === undefined ? {} : { body });
      if (answer.status >= 400) assert.match(answer.message, NO_SPACE, path);
    }
    assert.equal((await inspect(daemon, 'running')).State.Running, true);
    const removal = await daemon.api.call('DELETE', '/containers/running?force=1');
    if (removal.status !== 204) assert.match(removal.message, NO_SPACE);
    free();
    await daemon.api.call('DELETE', '/containers/running?force=1');
    for (const name of ['new', 'made']) await daemon.api.call('DELETE', `/containers/${name}?force=1`);
    await daemon.api.call('DELETE', '/volumes/vol');
    assert.deepEqual(await daemon.api.ok('GET', '/containers/json?all=1'), []);
    assert.equal((await runScript(daemon, 'echo fine')).output, 'fine\n');
  });

  it('comes up with its containers after it was killed on a full disk', async () => {
    await launch(daemon, 'survivor', { Cmd: ['sh', '-c', 'echo before; sleep 1000'] });
    await eventually('a line', async () => (await logsOf(daemon, 'survivor')) === 'before\n');
    fill();
    await daemon.kill();
    const error = await daemon.up().then(
      () => undefined,
      (reason: Error) => reason,
    );
    if (error !== undefined) assert.match(error.message, NO_SPACE);
    free();
    if (error !== undefined) await daemon.up();
    assert.equal((await inspect(daemon, 'survivor')).State.Running, true);
    assert.equal(await logsOf(daemon, 'survivor'), 'before\n');
    await remove(daemon, 'survivor');
  });

  it('lets a container log on that met the full disk, once there is room', async () => {
    const Cmd = ['sh', '-c', 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done; sleep 1; echo last'];
    fill();
    free();
    await create(daemon, 'logger', { Cmd, HostConfig: { NetworkMode: 'none' } });
    await daemon.api.ok('POST', '/containers/logger/start');
    fill();
    const ended = daemon.api.ok<{ StatusCode: number }>('POST', '/containers/logger/wait');
    await delay(2500);
    free();
    assert.equal((await ended).StatusCode, 0);
    assert.equal((await daemon.api.call('GET', '/containers/logger/logs?stdout=1')).status, 200);
    await remove(daemon, 'logger');
    assert.equal((await runScript(daemon, 'echo fine')).output, 'fine\n');
  });
});
