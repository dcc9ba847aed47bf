/** Containers that take all they can get: they reach their limits, the daemon and its other containers do not notice. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { exec, inspect, launch, remove, runScript } from '../lib/containers.ts';
import { missing, TestDaemon } from '../lib/daemon.ts';
import { HostGuard } from '../lib/host-guard.ts';
import { eventually } from '../lib/wait.ts';

/** Beside what it needed before; a gigabyte of output must not be held in memory. */
const DAEMON_GROWTH_BYTES = 150 * 1024 * 1024;

describe('a container that takes all it can get', { skip: missing() }, () => {
  let daemon: TestDaemon;
  let guard: HostGuard;
  let memoryBefore: number;
  const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))?.[1]) * 1024;
  before(async () => {
    daemon = await TestDaemon.start();
    guard = new HostGuard(daemon);
    await launch(daemon, 'neighbour', { Cmd: ['sleep', '1000'] });
    memoryBefore = memory();
  });
  afterEach(async () => {
    await guard.check();
    assert.equal((await exec(daemon, 'neighbour', { Cmd: ['echo', 'well'] })).output, 'well\n');
    assert.ok(memory() < memoryBefore + DAEMON_GROWTH_BYTES, `the daemon grew to ${memory()} bytes`);
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  it('fills /dev/shm to its size and no further', async () => {
    const script = 'dd if=/dev/zero of=/dev/shm/x bs=1M count=200; stat -c %s /dev/shm/x';
    const { output } = await runScript(daemon, script, { HostConfig: { ShmSize: 8 * 1024 * 1024 } });
    assert.match(output, /No space left on device[\s\S]*\n8388608\n$/);
  });

  it('is stopped by --pids-limit when it forks without end, and can be removed', async () => {
    const bomb = 'b() { b | b & }; b; sleep 1000';
    const id = await launch(daemon, 'bomb', {
      Cmd: ['sh', '-c', bomb],
      HostConfig: { PidsLimit: 64, NetworkMode: 'none' },
    });
    const { State } = await inspect(daemon, id);
    // The number of processes falls again as soon as the shells that could not fork have ended.
    await eventually('the limit', async () => {
      const { body } = await daemon.api.call<{ pids_stats: { current: number } }>(
        'GET',
        `/containers/${id}/stats?stream=false&one-shot=1`,
      );
      assert.ok((body.pids_stats.current ?? 0) <= 64);
      return refusedForks(State.Pid) > 0;
    });
    await remove(daemon, id);
  });

  it('is killed when it wants more memory than it may have, which its state says', async () => {
    const HostConfig = { Memory: 16 * 1024 * 1024, MemorySwap: 16 * 1024 * 1024, NetworkMode: 'none' };
    const id = await launch(daemon, 'glutton', { Cmd: ['sh', '-c', 'x=x; while :; do x=$x$x; done'], HostConfig });
    await daemon.api.ok('POST', `/containers/${id}/wait`);
    const { State } = await daemon.api.ok<{ State: { OOMKilled: boolean; ExitCode: number } }>(
      'GET',
      `/containers/${id}/json`,
    );
    assert.deepEqual([State.OOMKilled, State.ExitCode], [true, 137]);
    await remove(daemon, id);
  });

  it('opens files up to its limit and leaves the daemon its own', async () => {
    const script = 'i=10; while [ $i -lt 200 ]; do (true) && eval "exec $i</dev/null"; i=$((i+1)); done';
    const HostConfig = { Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 100 }] };
    const { output } = await runScript(daemon, `ulimit -n; ${script}`, { HostConfig });
    assert.match(output, /^100\n[\s\S]*(bad file descriptor|too many open files)/i);
  });

  it('writes 200 MB without a newline, and its log stays bounded', async () => {
    const LogConfig = { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } };
    const Cmd = ['sh', '-c', 'head -c 200000000 /dev/zero | tr "\\0" x'];
    const id = await launch(daemon, 'writer', { Cmd, HostConfig: { LogConfig, NetworkMode: 'none' } });
    const { StatusCode } = await daemon.api.ok<{ StatusCode: number }>('POST', `/containers/${id}/wait`);
    assert.equal(StatusCode, 0);
    const folder = `${daemon.root}/containers/${id}`;
    const size = ['container.log', 'container.log.1']
      .map((name) => statSync(`${folder}/${name}`, { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, each) => sum + each, 0);
    assert.ok(size < 80 * 1024 * 1024, `the log has ${size} bytes`);
    const response = await daemon.api.open('GET', `/containers/${id}/logs?stdout=1&tail=1`);
    let _bytes = 0;
    for await (const chunk of response) _bytes += chunk.length;
    await remove(daemon, id);
  });

  it('writes to a client that reads nothing, and is not held in memory', async () => {
    const Cmd = ['sh', '-c', 'head -c 100000000 /dev/zero'];
    const id = await launch(daemon, 'flood', { Cmd: ['sleep', '1000'] });
    const { Id } = await daemon.api.ok<{ Id: string }>('POST', `/containers/${id}/exec`, { Cmd, AttachStdout: true });
    const response = await daemon.api.open('POST', `/exec/${Id}/start`, { body: {} });
    response.pause();
    await eventually(
      'the exec to run',
      async () => (await daemon.api.ok<{ Pid: number }>('GET', `/exec/${Id}/json`)).Pid > 0,
    );
    assert.ok(memory() < memoryBefore + DAEMON_GROWTH_BYTES);
    response.destroy();
    await eventually(
      'the end of the exec',
      async () => !(await daemon.api.ok<{ Running: boolean }>('GET', `/exec/${Id}/json`)).Running,
    );
    assert.equal((await inspect(daemon, id)).State.Running, true);
    await remove(daemon, id);
  });
});

/** How often the kernel said no to a fork in the container of `pid`, in either version of cgroups. */
function refusedForks(pid: number): number {
  const folder = `/proc/${pid}/root/sys/fs/cgroup`;
  const v1 = join(folder, 'pids');
  const events = readFileSync(join(existsSync(v1) ? v1 : folder, 'pids.events'), 'utf8');
  return Number(/^max (\d+)/m.exec(events)?.[1]);
}
