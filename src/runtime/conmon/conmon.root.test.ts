/** What conmon and the adapter promise beyond the contract: terminals, logs, limits, loss of conmon, restarts. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '#base';
import { cgroupPids, readCgroupStats } from '#system';
import type { AttachedStreams, CreateRequest, ExecRequest } from '../contract.ts';
import { findProgram } from '../detect.ts';
import { nextExit } from '../fake/contract-suite.ts';
import { generateSpec } from '../spec/generate.ts';
import { findHelpers } from './helpers.ts';
import { type ConmonFixture, openFixture } from './test-fixture.ts';

const SIGKILL = 9;
const MEBIBYTE = 1024 * 1024;

async function text(streams: AttachedStreams): Promise<string> {
  let output = '';
  for await (const { data } of streams.output) output += data.toString('utf8');
  return output;
}

/** Waits for a condition that no event announces. */
async function eventually(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt++) await delay(10);
  assert.ok(condition());
}

describe('conmon runtime', () => {
  let fixture: ConmonFixture;
  before(async () => {
    fixture = await openFixture({ name: 'crun', path: findProgram('crun') ?? '/usr/bin/crun', args: [] });
  });
  after(() => fixture[Symbol.asyncDispose]());

  /** Creates and starts; answers the id. */
  async function run(args: string[], options: Partial<CreateRequest> = {}): Promise<string> {
    const id = newId();
    await fixture.runtime.create(fixture.request(id, args, options), {});
    await fixture.runtime.start(id);
    return id;
  }

  function execRequest(args: string[], options: Partial<ExecRequest> = {}): ExecRequest {
    const { process } = fixture.request('x', args).spec;
    return { execId: newId(), process, terminal: false, openStdin: false, detached: false, ...options };
  }

  it('a terminal has the size it was given and takes a new one', async () => {
    const id = newId();
    const spec = fixture.request(id, ['sh', '-c', 'stty size; read line; stty size']).spec;
    spec.process.terminal = true;
    spec.process.consoleSize = { height: 30, width: 100 };
    await fixture.runtime.create(fixture.request(id, ['true'], { spec, terminal: true, openStdin: true }), {});
    await using streams = await fixture.runtime.attach(id, {});
    await fixture.runtime.start(id);
    const output = text(streams);
    await delay(50);
    fixture.runtime.resize(id, { rows: 44, columns: 120 });
    await delay(50);
    await streams.write(Buffer.from('\n'));
    assert.match(await output, /30 100\r\n[\s\S]*44 120\r\n/);
    await fixture.runtime.delete(id, { force: true });
  });

  it('an exec with a terminal resizes too', async () => {
    const id = await run(['sleep', 'infinity']);
    const request = execRequest(['sh', '-c', 'read line; stty size'], { terminal: true, openStdin: true });
    request.process.terminal = true;
    const { io, exited, resize } = await fixture.runtime.exec(id, request, {});
    assert.ok(io);
    resize({ rows: 11, columns: 22 });
    await delay(50);
    await io.write(Buffer.from('\n'));
    assert.match(await text(io), /11 22/);
    assert.equal(await exited, 0);
    await fixture.runtime.delete(id, { force: true });
  });

  it('megabytes of output arrive complete and in order', async () => {
    const id = newId();
    const script =
      'i=0; while [ $i -lt 60 ]; do dd if=/dev/zero bs=65536 count=1 2>/dev/null; i=$((i+1)); done; echo end';
    await fixture.runtime.create(
      fixture.request(id, ['sh', '-c', script], { log: { driver: 'none', path: '', maxBytes: 0 } }),
      {},
    );
    await using streams = await fixture.runtime.attach(id, {});
    await fixture.runtime.start(id);
    const output = await text(streams);
    assert.equal(output.length, 60 * 65_536 + 4);
    assert.ok(output.endsWith('\0end\n'));
    await fixture.runtime.delete(id, { force: true });
  });

  it('a log that was renamed is opened anew', async () => {
    const id = await run(['sh', '-c', 'echo before; read line; echo after'], { openStdin: true, stdinOnce: true });
    const path = join(fixture.folder, `${id}.log`);
    await eventually(() => existsSync(path) && readFileSync(path, 'utf8').includes('before'));
    renameSync(path, `${path}.1`);
    await fixture.runtime.reopenLog(id);
    await eventually(() => existsSync(path));
    await using streams = await fixture.runtime.attach(id, {});
    const exit = nextExit(fixture.runtime, id);
    await streams.write(Buffer.from('\n'));
    await exit;
    assert.match(readFileSync(path, 'utf8'), /^\S+ stdout F after\n$/);
    await fixture.runtime.delete(id);
  });

  it('a client that only listens does not close the input when it leaves', async () => {
    const id = await run(['cat'], { openStdin: true, stdinOnce: true });
    const listener = await fixture.runtime.attach(id, { stdin: false });
    await listener[Symbol.asyncDispose]();
    await using streams = await fixture.runtime.attach(id, {});
    await streams.write(Buffer.from('still open'));
    streams.endInput();
    assert.equal(await text(streams), 'still open');
    await fixture.runtime.delete(id, { force: true });
  });

  it('a process that eats more than its memory is reported as killed for it', async () => {
    const id = newId();
    const input = fixture.input(id, ['sh', '-c', 'tail /dev/zero']);
    input.resources = { memoryBytes: 20 * MEBIBYTE, memorySwapBytes: 20 * MEBIBYTE };
    await fixture.runtime.create(fixture.request(id, ['true'], { spec: generateSpec(input) }), {});
    const exit = nextExit(fixture.runtime, id);
    await fixture.runtime.start(id);
    const { exitCode, oomKilled } = await exit;
    assert.deepEqual({ exitCode, oomKilled }, { exitCode: 137, oomKilled: true });
    await fixture.runtime.delete(id);
  });

  it('limits are in the cgroup, change with update, and are counted', async () => {
    const id = newId();
    const input = fixture.input(id, ['sleep', 'infinity']);
    input.resources = { memoryBytes: 64 * MEBIBYTE, nanoCpus: 500_000_000, pidsLimit: 20 };
    await fixture.runtime.create(fixture.request(id, ['true'], { spec: generateSpec(input) }), {});
    await fixture.runtime.start(id);
    const stats = readCgroupStats(input.cgroupsPath);
    assert.equal(stats.memoryLimitBytes, 64 * MEBIBYTE);
    assert.equal(stats.pidsLimit, 20);
    assert.equal(stats.pidsCurrent, 1);
    assert.ok(stats.cpuTotalNs > 0);
    await fixture.runtime.update(id, { memory: { limit: 80 * MEBIBYTE, swap: 160 * MEBIBYTE }, pids: { limit: 30 } });
    assert.equal(readCgroupStats(input.cgroupsPath).memoryLimitBytes, 80 * MEBIBYTE);
    assert.equal(readCgroupStats(input.cgroupsPath).pidsLimit, 30);
    await fixture.runtime.update(id, { pids: { limit: -1 } });
    assert.equal(readCgroupStats(input.cgroupsPath).pidsLimit, 0);
    await fixture.runtime.delete(id, { force: true });
    assert.deepEqual(cgroupPids(input.cgroupsPath), []);
  });

  it('a container whose conmon is killed ends with 137, and nothing of it runs on', async () => {
    const id = newId();
    const request = fixture.request(id, ['sh', '-c', 'sleep 1000 & sleep 1000']);
    const { conmonPid } = await fixture.runtime.create(request, {});
    await fixture.runtime.start(id);
    const exit = nextExit(fixture.runtime, id);
    process.kill(conmonPid, SIGKILL);
    assert.equal((await exit).exitCode, 137);
    assert.equal((await fixture.runtime.state(id))?.status, 'stopped');
    await fixture.runtime.delete(id);
    assert.deepEqual(cgroupPids(request.spec.linux.cgroupsPath ?? ''), []);
  });

  it('a creation that is given up leaves nothing', async () => {
    const id = newId();
    const request = fixture.request(id, ['true']);
    const abort = new AbortController();
    const creation = fixture.runtime.create(request, { signal: abort.signal });
    setImmediate(() => abort.abort());
    await assert.rejects(creation);
    assert.equal(await fixture.runtime.state(id), undefined);
    assert.equal(existsSync(request.bundleDir), false);
    assert.deepEqual(cgroupPids(request.spec.linux.cgroupsPath ?? ''), []);
  });

  it('a bundle path longer than a socket address works', async () => {
    const id = newId();
    const bundleDir = join(fixture.folder, 'long'.repeat(30), 'b', id);
    await fixture.runtime.create(fixture.request(id, ['echo', 'far'], { bundleDir }), {});
    await using streams = await fixture.runtime.attach(id, {});
    await fixture.runtime.start(id);
    assert.equal(await text(streams), 'far\n');
    await fixture.runtime.delete(id, { force: true });
  });

  it('a program of the container gets no descriptor beyond the three', async () => {
    const id = newId();
    await fixture.runtime.create(fixture.request(id, ['ls', '/proc/self/fd']), {});
    await using streams = await fixture.runtime.attach(id, {});
    await fixture.runtime.start(id);
    // The fourth is the folder that ls reads.
    assert.equal(await text(streams), '0\n1\n2\n3\n');
    await fixture.runtime.delete(id, { force: true });
  });

  it('an exec whose conmon is killed rejects and leaves no process', async () => {
    const id = await run(['sleep', 'infinity']);
    const request = execRequest(['sleep', '1000']);
    const handle = await fixture.runtime.exec(id, request, {});
    const folder = join(fixture.folder, 'b', id, 'exec', request.execId);
    const [conmon] = findHelpers(folder, ['/usr/bin/conmon']);
    assert.ok(conmon);
    process.kill(conmon.pid, SIGKILL);
    await assert.rejects(handle.exited);
    await eventually(() => cgroupPids(fixture.input(id, ['true']).cgroupsPath).length === 1);
    await fixture.runtime.delete(id, { force: true });
  });

  it('a container survives a restart of the daemon, which sees its end', async () => {
    await using other = await openFixture(fixture.oci);
    const id = newId();
    const request = other.request(id, ['sh', '-c', 'read line; exit 9'], { openStdin: true, stdinOnce: false });
    await other.runtime.create(request, {});
    await other.runtime.start(id);
    await other.runtime[Symbol.asyncDispose]();
    await using restarted = await other.reopen();
    assert.deepEqual(await restarted.recover(new Set([id])), { live: [id] });
    assert.equal((await restarted.state(id))?.status, 'running');
    await using streams = await restarted.attach(id, {});
    const exit = nextExit(restarted, id);
    await streams.write(Buffer.from('\n'));
    assert.equal((await exit).exitCode, 9);
    await restarted.delete(id);
  });

  it('an end that nobody saw is told by exitOf after a restart', async () => {
    await using other = await openFixture(fixture.oci);
    const id = newId();
    await other.runtime.create(other.request(id, ['sh', '-c', 'sleep 0.1; exit 6']), {});
    await other.runtime.start(id);
    await other.runtime[Symbol.asyncDispose]();
    await eventually(() => existsSync(join(other.folder, 'run/exits', id)));
    await delay(20);
    await using restarted = await other.reopen();
    assert.deepEqual(await restarted.recover(new Set([id])), { live: [] });
    assert.equal(restarted.exitOf(id)?.exitCode, 6);
    await restarted.delete(id);
  });

  it('containers that the engine does not know are removed at the start', async () => {
    await using other = await openFixture(fixture.oci);
    const id = newId();
    const request = other.request(id, ['sleep', 'infinity']);
    await other.runtime.create(request, {});
    await other.runtime.start(id);
    await other.runtime[Symbol.asyncDispose]();
    await using restarted = await other.reopen();
    await restarted.recover(new Set());
    assert.equal(existsSync(request.bundleDir), false);
    assert.deepEqual(cgroupPids(request.spec.linux.cgroupsPath ?? ''), []);
  });
});
