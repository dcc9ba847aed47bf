import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isHakoError } from '#base';
import { mountsUnder } from '#system';
import { cacheWorkerCode, callWorker, copyUp, DEFAULT_LIMITS, startTicksOf } from './mod.ts';
import { archiveOf, streamOf } from './tar/mod.ts';

const archive = (path: string) => ({ path, noOverwriteDirNonDir: false, limits: DEFAULT_LIMITS });

describe('confinement', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hako-confine-'));
  before(() => cacheWorkerCode(join(dir, 'cache')));
  after(() => {
    assert.deepEqual(mountsUnder(dir), [], 'no mount is left');
    rmSync(dir, { recursive: true });
  });

  describe('of a running process', () => {
    let child: ChildProcess;
    before(async () => {
      mkdirSync(join(dir, 'proc-root', 'bin'), { recursive: true });
      mkdirSync(join(dir, 'proc-root', 'old'));
      mkdirSync(join(dir, 'proc-root', 'data'));
      execFileSync('cp', ['/bin/busybox', join(dir, 'proc-root', 'bin', 'sh')]);
      const script = `mount --bind . . && cd . && mount -t tmpfs t data && echo inner > data/file && ln -s /etc data/escape &&
        pivot_root . old && cd / && exec /bin/sh -c 'exec 2>&-; umount -l /old; echo ready; read x'`;
      child = spawn('unshare', ['-m', 'sh', '-c', script], {
        cwd: join(dir, 'proc-root'),
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      if (child.stdout) await once(child.stdout, 'data');
    });
    after(() => child.kill('SIGKILL'));
    const confinement = () =>
      ({ kind: 'process', pid: child.pid ?? 0, startTicks: startTicksOf(child.pid ?? 0) }) as const;

    it('sees the mounts of the process, and nothing else', async () => {
      const { base64 } = await callWorker('readFile', confinement(), { path: '/data/file', maxBytes: 100 });
      assert.equal(Buffer.from(base64, 'base64').toString(), 'inner\n');
      assert.ok(!existsSync(join(dir, 'proc-root', 'data', 'file')), 'the tmpfs is not there for the host');
      await assert.rejects(callWorker('stat', confinement(), { path: '/etc/passwd' }), /Could not find/);
    });

    it('writes into the mounts of the process', async () => {
      await callWorker('unpackArchive', confinement(), archive('/data'), {
        input: streamOf(archiveOf({ name: 'put', body: 'x' })),
      });
      assert.equal((await callWorker('stat', confinement(), { path: '/data/put' })).size, 1);
    });

    it('refuses a pid that is another process by now', async () => {
      const { pid } = confinement();
      await assert.rejects(callWorker('stat', { kind: 'process', pid, startTicks: '1' }, { path: '/' }), (error) =>
        isHakoError(error, 'conflict'),
      );
      await assert.rejects(callWorker('stat', { kind: 'process', pid: 2 ** 22 + 1 }, { path: '/' }), (error) =>
        isHakoError(error, 'conflict'),
      );
    });
  });

  it('of a stopped container: volumes appear inside, a link at their target cannot place them outside', async () => {
    const [root, volume, victim] = ['m-root', 'm-volume', 'm-victim'].map((name) => join(dir, name));
    assert.ok(root && volume && victim);
    for (const path of [root, volume, victim, join(dir, 'm-point')]) mkdirSync(path);
    symlinkSync(victim, join(root, 'data'));
    writeFileSync(join(volume, 'v'), 'volume');
    writeFileSync(join(dir, 'single'), 'file');
    const confinement = {
      kind: 'mounts',
      root: { type: 'none', source: root, flags: 4096 },
      mountPoint: join(dir, 'm-point'),
      volumes: [
        { source: volume, target: '/data/inner' },
        { source: volume, target: '/ro', readOnly: true },
        { source: join(dir, 'single'), target: '/conf/single' },
      ],
    } as const;
    const work = callWorker('stat', { ...confinement, volumes: [...confinement.volumes] }, { path: '/ro/v' });
    await assert.rejects(work, 'the dangling link cannot be made into a folder');
    rmSync(join(root, 'data'));
    symlinkSync('/srv', join(root, 'data'));
    mkdirSync(join(root, 'srv'));
    const volumes = [...confinement.volumes];
    assert.equal((await callWorker('stat', { ...confinement, volumes }, { path: '/srv/inner/v' })).size, 6);
    assert.equal((await callWorker('stat', { ...confinement, volumes }, { path: '/conf/single' })).size, 4);
    const put = (path: string) =>
      callWorker('unpackArchive', { ...confinement, volumes }, archive(path), { input: streamOf(archiveOf('new')) });
    await put('/data/inner');
    assert.ok(existsSync(join(volume, 'new')));
    await assert.rejects(put('/ro'), (error) => isHakoError(error, 'failed_precondition'));
    assert.deepEqual(readdirSync(victim), []);
  });

  it('of a pair: copies a tree with everything, whatever links lie on the way', async () => {
    const [root, to, secret] = ['p-root', 'p-to', 'p-secret'].map((name) => join(dir, name));
    assert.ok(root && to && secret);
    for (const path of [join(root, 'var/lib/db/sub'), to, secret]) mkdirSync(path, { recursive: true });
    writeFileSync(join(secret, 'key'), 'secret');
    symlinkSync('/var/lib', join(root, 'link'));
    symlinkSync(secret, join(root, 'var/lib/db/steal'));
    execFileSync('sh', [
      '-c',
      'cd "$1" && echo x > f && ln f sub/g && chown 70:71 . f && chmod 4750 f && chmod 2700 . && mkfifo p && touch -d @1000.5 f',
      'sh',
      join(root, 'var/lib/db'),
    ]);
    await callWorker('copyTree', { kind: 'pair', from: { rootDir: root, path: '/link/db' }, to }, {});
    const stat = lstatSync(join(to, 'f'));
    assert.deepEqual(
      [stat.mode & 0o7777, stat.uid, stat.gid, stat.nlink, stat.mtimeMs],
      [0o4750, 70, 71, 2, 1_000_500],
    );
    assert.deepEqual([lstatSync(to).mode & 0o7777, lstatSync(to).uid], [0o2700, 70]);
    assert.ok(lstatSync(join(to, 'steal')).isSymbolicLink() && lstatSync(join(to, 'p')).isFIFO());
    assert.deepEqual(readdirSync(to).sort(), ['f', 'p', 'steal', 'sub']);
    symlinkSync(secret, join(root, 'out'));
    await assert.rejects(
      callWorker('copyTree', { kind: 'pair', from: { rootDir: root, path: '/out' }, to }, {}),
      /ENOENT/,
    );
  });

  it('fills an empty volume once, and a volume of an empty folder without a worker', async () => {
    const [root, to] = ['u-root', 'u-to'].map((name) => join(dir, name));
    assert.ok(root && to);
    mkdirSync(join(root, 'full'), { recursive: true });
    mkdirSync(join(root, 'empty'), { mode: 0o750 });
    for (const name of ['a', 'b', 'c']) mkdirSync(join(to, name), { recursive: true });
    writeFileSync(join(root, 'full', 'f'), 'image');
    await copyUp({ rootDir: root, path: '/full' }, join(to, 'a'));
    writeFileSync(join(to, 'a', 'f'), 'user');
    await copyUp({ rootDir: root, path: '/full' }, join(to, 'a'));
    assert.equal(readFileSync(join(to, 'a', 'f'), 'utf8'), 'user');
    await copyUp({ rootDir: root, path: '/empty' }, join(to, 'b'));
    assert.equal(lstatSync(join(to, 'b')).mode & 0o777, 0o750);
    const bound = { type: 'none', source: root, flags: 4096 };
    for (const path of ['/missing', '/full/f']) await copyUp({ rootDir: root, path }, join(to, 'c'));
    await copyUp({ rootDir: root, root: bound, path: '/missing' }, join(to, 'c'));
    assert.deepEqual(readdirSync(join(to, 'c')), []);
    await copyUp({ rootDir: join(dir, 'm-point'), root: bound, path: '/full' }, join(to, 'c'));
    assert.deepEqual(readdirSync(join(to, 'c')), ['f']);
  });

  it('leaves no process behind when its parent is killed', async () => {
    const pipe = join(dir, 'fifo');
    mkdirSync(join(dir, 'k-root'));
    execFileSync('mkfifo', [pipe]);
    const program = `const { callWorker, DEFAULT_LIMITS } = await import(${JSON.stringify(new URL('./mod.ts', import.meta.url).href)});
      callWorker('unpackLayer', { kind: 'directory', dir: ${JSON.stringify(join(dir, 'k-root'))} }, { inputPath: ${JSON.stringify(pipe)}, lowerDirs: [], limits: DEFAULT_LIMITS });
      setTimeout(() => {}, 1e6)`;
    const parent = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
      { stdio: 'ignore' },
    );
    const children = () => readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim();
    while (children() === '') await new Promise((resolve) => setTimeout(resolve, 5));
    const worker = children();
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const alive = () =>
      existsSync(`/proc/${worker}/stat`) && !/\) Z/.test(readFileSync(`/proc/${worker}/stat`, 'utf8'));
    for (let tries = 0; alive() && tries < 400; tries++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(!alive(), 'the worker died with its parent');
  });
});
