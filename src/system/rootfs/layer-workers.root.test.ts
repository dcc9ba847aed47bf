import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isHakoError, sha256 } from '#base';
import { DEFAULT_LIMITS, growthMark, LayerWorkers } from './mod.ts';
import { archiveOf, type EntryWithBody } from './tar/mod.ts';

describe('LayerWorkers', () => {
  let dir = '';
  let workers: LayerWorkers;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'hako-layer-workers-'));
    writeFileSync(join(dir, 'outside'), 'untouched');
    workers = new LayerWorkers();
  });
  afterEach(async () => {
    workers[Symbol.dispose]();
    for (const pid of children()) await untilGone(pid);
    assert.equal(readFileSync(join(dir, 'outside'), 'utf8'), 'untouched');
    rmSync(dir, { recursive: true });
  });

  const blob = (name: string, ...entries: (EntryWithBody | string)[]) => {
    const path = join(dir, name);
    writeFileSync(path, gzipSync(archiveOf(...entries)));
    return path;
  };
  const confinement = (name: string) => {
    mkdirSync(join(dir, name), { recursive: true });
    return { kind: 'directory', dir: join(dir, name) } as const;
  };
  const parameters = { lowerDirs: [], limits: DEFAULT_LIMITS };
  const unpack = (path: string, root: string) => workers.unpack({ path }, confinement(root), parameters);

  it('has one process unpack many layers, each confined to its own root', async () => {
    await unpack(blob('first.tar', { name: 'f', body: '0' }), 'root0');
    const pids = children();
    for (const [index, target] of [join(dir, 'root0'), '/proc/self/root', '/proc/1/cwd'].entries()) {
      const link = { name: 'way', type: 'symlink', linkName: target } as const;
      // The folder that the link names is there inside too: the file goes into that one.
      const layer = blob('link.tar', link, `${target.slice(1)}/`, { name: 'way/planted', body: 'x' });
      await unpack(layer, `inside${index}`);
      assert.equal(readFileSync(join(dir, `inside${index}`, target, 'planted'), 'utf8'), 'x');
      assert.deepEqual(children(), pids);
    }
    const outward = blob('out.tar', { name: 'way', type: 'symlink', linkName: '/../root0' }, 'way/planted');
    await assert.rejects(unpack(outward, 'last'));
    assert.deepEqual(readdirSync(join(dir, 'root0')), ['f']);
    assert.equal(existsSync('/planted'), false);
  });

  it('leaves nothing open between layers', async () => {
    const lower = confinement('lower').dir;
    const path = blob('blob.tar', { name: 'f', body: 'x' });
    const open = async (root: string) => {
      await workers.unpack({ path }, confinement(root), { ...parameters, lowerDirs: [lower, lower] });
      return readdirSync(`/proc/${children()[0]}/fd`).length;
    };
    const first = await open('a');
    for (const root of ['b', 'c', 'd']) assert.equal(await open(root), first);
  });

  it('reads one growing file after the other, whatever the marks come with', async () => {
    for (const [index, size] of [10, 300_000, 0].entries()) {
      const path = blob('growing.tar', { name: 'f', body: Buffer.alloc(size, index) });
      const { length } = readFileSync(path);
      const marks = new PassThrough();
      const work = workers.unpack({ path, marks }, confinement(`g${index}`), parameters);
      for (let bytes = 1; bytes < length; bytes += 1 + (length >> 3)) marks.write(growthMark(bytes));
      marks.end(growthMark(length));
      await work;
      assert.equal(readFileSync(join(dir, `g${index}`, 'f')).length, size);
    }
    assert.equal(children().length, 1);
  });

  it('takes what follows the compressed layer for a part of its blob, not of the next one', async () => {
    const next = blob('next.tar', { name: 'f', body: 'x' });
    for (const [index, padding] of [10, 300_000].entries()) {
      const path = blob('padded.tar', { name: 'f', body: 'x' });
      appendFileSync(path, Buffer.alloc(padding));
      const bytes = readFileSync(path);
      for (const isGrowing of [true, false]) {
        const marks = new PassThrough();
        marks.write(growthMark(bytes.length >> 1));
        setTimeout(() => marks.end(growthMark(bytes.length)), 50);
        const file = isGrowing ? { path, marks } : { path };
        const facts = await workers.unpack(file, confinement(`padded${index}${isGrowing}`), parameters);
        assert.deepEqual([facts.blobBytes, facts.blobDigest], [bytes.length, sha256(bytes)]);
        const later = new PassThrough().end(growthMark(readFileSync(next).length));
        await workers.unpack({ path: next, marks: later }, confinement(`next${index}${isGrowing}`), parameters);
      }
    }
    assert.equal(children().length, 1);
  });

  it('settles a layer in the process that unpacked it', async () => {
    const lower = confinement('lower').dir;
    mkdirSync(join(lower, 'opt'), { mode: 0o750 });
    const path = blob('blob.tar', { name: 'opt/f', body: 'x' });
    const { implied } = await workers.unpack({ path }, confinement('upper'), { limits: DEFAULT_LIMITS });
    const pids = children();
    assert.ok(implied !== 'too many' && implied.length === 1);
    await workers.settle(confinement('upper'), { lowerDirs: [lower], implied });
    assert.equal(statSync(join(dir, 'upper/opt')).mode & 0o777, 0o750);
    await unpack(path, 'next');
    assert.deepEqual(children(), pids);
  });

  it('ends a worker whose layer is bad, is cancelled, or stops growing; the next layer has another', async () => {
    writeFileSync(join(dir, 'bad.tar'), gzipSync(Buffer.alloc(2000, 'no tar')));
    await assert.rejects(unpack(join(dir, 'bad.tar'), 'bad'), (error) => isHakoError(error, 'invalid'));
    const good = blob('good.tar', { name: 'f', body: 'x' });
    const cancel = new AbortController();
    const waiting = { path: good, marks: new PassThrough() };
    const cancelled = workers.unpack(waiting, confinement('cancelled'), parameters, cancel.signal);
    cancel.abort();
    await assert.rejects(cancelled, (error) => isHakoError(error, 'cancelled'));
    const marks = new PassThrough();
    const stopped = workers.unpack({ path: good, marks }, confinement('stopped'), parameters);
    marks.destroy(new Error('the fetch failed'));
    await assert.rejects(stopped, /the fetch failed/);
    assert.deepEqual(children(), []);
    await unpack(good, 'good');
    assert.equal(children().length, 1);
  });

  it('does without a worker that died while it had nothing to do, and ends the others soon', async () => {
    const path = blob('blob.tar', { name: 'f', body: 'x' });
    await unpack(path, 'a');
    const [idle = 0] = children();
    process.kill(idle, 'SIGKILL');
    await untilGone(idle);
    await unpack(path, 'b');
    const [next = 0] = children();
    assert.notEqual(next, idle);
    // Nobody knows yet that it is dead when the next layers come.
    process.kill(next, 'SIGKILL');
    await unpack(path, 'c');
    for (const pid of children()) process.kill(pid, 'SIGKILL');
    const marks = new PassThrough().end(growthMark(readFileSync(path).length));
    await workers.unpack({ path, marks }, confinement('d'), parameters);
    assert.equal(readFileSync(join(dir, 'd', 'f'), 'utf8'), 'x');
    const [last = 0] = children();
    await untilGone(last);
  });
});

/** The processes that this one has started. */
function children(): number[] {
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Until it was reaped: its entry in /proc tells of no end. */
async function untilGone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 5));
}
