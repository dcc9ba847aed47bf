/** Several clients do things to the same container at the same moment. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { create, inspect, launch, remove, unframed } from '../lib/containers.ts';
import { IMAGE, missing, TestDaemon } from '../lib/daemon.ts';
import { assertNoMoreThan, tracesOf } from '../lib/traces.ts';
import { eventually } from '../lib/wait.ts';

describe('clients at the same time', { skip: missing() }, () => {
  let daemon: TestDaemon;
  let clean: Set<string>;
  before(async () => {
    daemon = await TestDaemon.start();
    await launch(daemon, 'first', { Cmd: ['true'] });
    await remove(daemon, 'first');
    clean = tracesOf(daemon);
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    const left = await daemon.api.ok<{ Id: string }[]>('GET', '/containers/json?all=1');
    await remove(daemon, ...left.map(({ Id }) => Id));
  });

  /** The statuses of `count` equal requests, sorted. */
  const together = async (count: number, method: string, path: string, body?: unknown) => {
    const request = () => daemon.api.call(method, path, body === undefined ? {} : { body });
    const answers = await Promise.all(Array.from({ length: count }, request));
    return answers.map(({ status }) => status).sort();
  };
  const times = (count: number, status: number) => Array.from({ length: count }, () => status);

  it('get one container of a name, and conflicts', async () => {
    const statuses = await together(10, 'POST', '/containers/create?name=one', {
      Image: IMAGE,
      Cmd: ['sleep', '1000'],
    });
    assert.deepEqual(statuses, [201, ...times(9, 409)]);
    assert.deepEqual(await together(10, 'POST', '/containers/one/start'), [204, ...times(9, 304)]);
    const stops = await together(5, 'POST', '/containers/one/stop?t=0');
    assert.ok(stops.includes(204) && stops.every((status) => [204, 304].includes(status)), `${stops}`);
    const removals = await together(5, 'DELETE', '/containers/one?force=1');
    assert.ok(removals.includes(204) && removals.every((status) => [204, 404, 409].includes(status)), `${removals}`);
  });

  it('start, stop, kill, restart and remove one container in any order, and never meet an internal error', async () => {
    const verbs = ['start', 'stop?t=0', 'kill', 'restart?t=0', 'pause', 'unpause', 'start', 'rename?name=racer'];
    for (let round = 0; round < 5; round++) {
      const id = await launch(daemon, `race${round}`, { Cmd: ['sleep', '1000'] });
      const racing = verbs.map((verb) => daemon.api.call('POST', `/containers/${id}/${verb}`));
      const removal = daemon.api.call('DELETE', `/containers/${id}?force=1`);
      for (const { status, message } of await Promise.all([...racing, removal])) assert.ok(status < 500, message);
      await daemon.api.call('DELETE', `/containers/${id}?force=1`);
      assert.equal((await daemon.api.call('GET', `/containers/${id}/json`)).status, 404);
    }
    await assertNoMoreThan(clean, daemon);
  });

  it('both see all output of a container that they are attached to', async () => {
    const id = await create(daemon, 'watched', { Cmd: ['seq', '20000'], HostConfig: { NetworkMode: 'none' } });
    const attach = async () => {
      const response = await daemon.api.open('POST', `/containers/${id}/attach?stream=1&stdout=1&stderr=1`);
      return async () => unframed(Buffer.concat(await response.toArray()));
    };
    const [one, two] = await Promise.all([attach(), attach()]);
    const [first, second] = [one(), two()];
    await daemon.api.ok('POST', `/containers/${id}/start`);
    const expected = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('');
    assert.ok((await first) === expected && (await second) === expected);
    await remove(daemon, id);
  });

  it('run twenty containers that remove themselves', async () => {
    const runs = Array.from({ length: 20 }, async (_, number) => {
      const id = await create(daemon, `self${number}`, {
        Cmd: ['sh', '-c', `exit ${number}`],
        HostConfig: { AutoRemove: true, PortBindings: { '80/tcp': [{ HostPort: '' }] } },
      });
      const gone = daemon.api.ok<{ StatusCode: number }>('POST', `/containers/${id}/wait?condition=removed`);
      await daemon.api.ok('POST', `/containers/${id}/start`);
      return (await gone).StatusCode;
    });
    assert.deepEqual(await Promise.all(runs), [...Array(20).keys()]);
    assert.deepEqual(await daemon.api.ok('GET', '/containers/json?all=1'), []);
    await assertNoMoreThan(clean, daemon);
  });

  it('leave no volume of a container that could not be made', async () => {
    const HostConfig = { Binds: ['/made'], Mounts: [{ Type: 'bind', Source: '/no/such/folder', Target: '/x' }] };
    assert.deepEqual(await together(5, 'POST', '/containers/create', { Image: IMAGE, HostConfig }), times(5, 400));
    await assertNoMoreThan(clean, daemon);
  });

  it('exec in a container that another removes, and are told', async () => {
    const id = await launch(daemon, 'busy', { Cmd: ['sleep', '1000'] });
    const execs = Array.from({ length: 8 }, async () => {
      const { status, body } = await daemon.api.call<{ Id: string }>('POST', `/containers/${id}/exec`, {
        body: { Cmd: ['sleep', '5'], AttachStdout: true },
      });
      assert.ok([201, 404, 409].includes(status), `${status}`);
      if (status !== 201) return;
      const started = await daemon.api.call('POST', `/exec/${body.Id}/start`, { body: {} });
      assert.ok(started.status < 500, started.message);
    });
    await eventually('a process of an exec', async () => {
      const { Processes } = await daemon.api.ok<{ Processes: string[][] }>('GET', `/containers/${id}/top`);
      return Processes.length > 1;
    });
    await remove(daemon, id);
    await Promise.all(execs);
    await assertNoMoreThan(clean, daemon);
  });

  it('find a container stopped that one started and another stopped many times', async () => {
    const id = await create(daemon, 'seesaw', { Cmd: ['sleep', '1000'] });
    const repeat = async (path: string) => {
      for (let turn = 0; turn < 10; turn++) {
        const { status, message } = await daemon.api.call('POST', `/containers/${id}/${path}`);
        assert.ok(status < 500, message);
      }
    };
    await Promise.all([repeat('start'), repeat('stop?t=0'), repeat('kill')]);
    await daemon.api.call('POST', `/containers/${id}/stop?t=0`);
    assert.equal((await inspect(daemon, id)).State.Running, false);
    await remove(daemon, id);
    await assertNoMoreThan(clean, daemon);
  });
});
