/** What meets in the life of a container: starts, stops, removals, restarts by policy and health, commits, kills of the daemon. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { create, exec, inspect, launch, remove } from '../../test/lib/containers.ts';
import { IMAGE, missing, TestDaemon } from '../../test/lib/daemon.ts';
import { eventually } from '../../test/lib/wait.ts';
import { openDaemon } from './mod.ts';

const NO_NETWORK = { NetworkMode: 'none' };
const SLEEP = { Cmd: ['sleep', '1000'], HostConfig: NO_NETWORK };

describe('a container', { skip: missing() }, () => {
  let daemon: TestDaemon;
  before(async () => {
    daemon = await TestDaemon.start();
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  const call = (method: string, path: string) => daemon.api.call(method, path);
  const statusOf = async (id: string) => (await inspect(daemon, id)).State.Status;

  it('keeps the one whose namespaces it shares when that gets another name', async () => {
    const owner = await create(daemon, 'owner', SLEEP);
    await call('POST', `/containers/${owner}/start`);
    const shared = {
      Cmd: ['sleep', '1000'],
      HostConfig: { NetworkMode: 'container:owner', PidMode: 'container:owner' },
    };
    const guest = await create(daemon, 'guest', shared);
    assert.equal((await call('POST', `/containers/${owner}/rename?name=renamed`)).status, 204);
    assert.equal((await call('POST', `/containers/${guest}/start`)).status, 204);
    for (const id of [guest, owner]) await remove(daemon, id);
  });

  it('that is being started is removed by force', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await create(daemon, '', SLEEP);
      const start = call('POST', `/containers/${id}/start`);
      const removal = await call('DELETE', `/containers/${id}?force=1`);
      assert.equal(removal.status, 204, removal.message);
      await start;
      assert.equal((await call('GET', `/containers/${id}/json`)).status, 404);
    }
  });

  it('that is being started is stopped', async () => {
    for (let round = 0; round < 5; round++) {
      const id = await create(daemon, '', SLEEP);
      const [start, stop] = await Promise.all([
        call('POST', `/containers/${id}/start`),
        call('POST', `/containers/${id}/stop?t=0`),
      ]);
      assert.equal(start.status, 204, start.message);
      if (stop.status === 204) assert.equal(await statusOf(id), 'exited');
      await remove(daemon, id);
    }
  });

  it('that is being created is removed once it is there', async () => {
    const body = { Image: IMAGE, Cmd: ['true'], Volumes: { '/bin': {} }, HostConfig: NO_NETWORK };
    const creation = daemon.api.call('POST', '/containers/create?name=early', { body });
    let isCreated = false;
    void creation.then(() => {
      isCreated = true;
    });
    await eventually('the name', async () => (await call('GET', '/containers/early/json')).status === 200);
    assert.equal((await call('DELETE', '/containers/early?v=1')).status, 204);
    assert.ok(isCreated, 'removed before it was made');
    assert.equal((await creation).status, 201);
  });

  it('that removes itself outlives restarts, also several at once', async () => {
    const id = await launch(daemon, '', { ...SLEEP, HostConfig: { ...NO_NETWORK, AutoRemove: true } });
    const restarts = await Promise.all([1, 2, 3].map(() => call('POST', `/containers/${id}/restart?t=0`)));
    for (const { status, message } of restarts) assert.equal(status, 204, message);
    assert.equal(await statusOf(id), 'running');
    await daemon.api.ok('POST', `/containers/${id}/stop?t=0`);
    await eventually('its removal', async () => (await call('GET', `/containers/${id}/json`)).status === 404);
  });

  it('that waits for its restart is removed by force only', async () => {
    const HostConfig = { ...NO_NETWORK, RestartPolicy: { Name: 'always' } };
    const id = await launch(daemon, '', { Cmd: ['false'], HostConfig });
    await eventually('a restart to come', async () => (await statusOf(id)) === 'restarting');
    assert.equal((await call('DELETE', `/containers/${id}`)).status, 409);
    assert.equal((await call('DELETE', `/containers/${id}?force=1`)).status, 204);
  });

  it('that was restarted for its health is still restarted by its policy', async () => {
    const id = await launch(daemon, '', {
      ...SLEEP,
      StopSignal: 'KILL',
      Healthcheck: { Test: ['CMD', 'test', '-e', '/ok'], Interval: 1e8, Retries: 1 },
      HostConfig: { ...NO_NETWORK, RestartPolicy: { Name: 'always' }, HealthOnFailure: 'restart' },
    });
    const first = (await inspect(daemon, id)).State.Pid;
    const runsAnew = (old: number) => async () => {
      const { Pid, Running } = (await inspect(daemon, id)).State;
      return Running && Pid !== 0 && Pid !== old;
    };
    await eventually('a restart for its health', runsAnew(first));
    await exec(daemon, id, { Cmd: ['touch', '/ok'] });
    const { Pid } = (await inspect(daemon, id)).State;
    process.kill(Pid, 'SIGKILL');
    await eventually('a restart by policy', runsAnew(Pid));
    await remove(daemon, id);
  });

  it('that is paused gets the signal of a stop', async () => {
    const id = await launch(daemon, '', {
      Cmd: ['sh', '-c', 'trap "exit 7" TERM; echo; while :; do sleep 0.1; done'],
      HostConfig: NO_NETWORK,
    });
    await eventually('its trap', async () => (await exec(daemon, id, { Cmd: ['pidof', 'sleep'] })).code === 0);
    await daemon.api.ok('POST', `/containers/${id}/pause`);
    await daemon.api.ok('POST', `/containers/${id}/stop`);
    assert.equal((await inspect(daemon, id)).State.ExitCode, 7);
    await remove(daemon, id);
  });

  it('keeps its input when a client that only listened leaves', async () => {
    const id = await create(daemon, '', { Cmd: ['cat'], OpenStdin: true, StdinOnce: true, HostConfig: NO_NETWORK });
    const typist = await daemon.api.open('POST', `/containers/${id}/attach?stream=1&stdout=1&stdin=1`);
    await daemon.api.ok('POST', `/containers/${id}/start`);
    const listener = await daemon.api.open('POST', `/containers/${id}/attach?stream=1&stdout=1`);
    listener.destroy();
    // Time enough for the end of a `cat` without input: an exec in an ended container fails.
    assert.equal((await exec(daemon, id, { Cmd: ['sleep', '0.2'] })).code, 0);
    assert.equal(await statusOf(id), 'running');
    typist.destroy();
    await remove(daemon, id);
  });

  it('of which several clients prune the rest is pruned once', async () => {
    for (let index = 0; index < 4; index++) await create(daemon, '', SLEEP);
    const prunes = await Promise.all([1, 2, 3].map(() => call('POST', '/containers/prune')));
    for (const { status, message } of prunes) assert.equal(status, 200, message);
  });

  it('does not stay frozen when the daemon is killed while it commits', async () => {
    const id = await launch(daemon, '', SLEEP);
    const fill = 'dd if=/dev/urandom of=/big bs=1M count=200';
    await exec(daemon, id, { Cmd: ['sh', '-c', fill] });
    const commit = call('POST', `/commit?container=${id}&repo=cut&pause=1`).catch(() => undefined);
    await eventually('the pause', async () => (await statusOf(id)) === 'paused');
    await daemon.kill();
    await commit;
    await daemon.up();
    assert.equal(await statusOf(id), 'running');
    await daemon.api.ok('POST', `/containers/${id}/pause`);
    await daemon.kill();
    await daemon.up();
    assert.equal(await statusOf(id), 'paused', 'a pause by a user stays');
    await remove(daemon, id);
  });

  it('that cannot be removed does not keep the daemon from starting', async () => {
    const id = await create(daemon, '', SLEEP);
    const stuck = `${daemon.root}/containers/${id}/stuck`;
    writeFileSync(stuck, '');
    spawnSync('chattr', ['+i', stuck]);
    try {
      assert.equal((await call('DELETE', `/containers/${id}`)).status, 500);
      await daemon.kill();
      await daemon.up();
    } finally {
      spawnSync('chattr', ['-i', stuck]);
    }
    assert.equal((await call('DELETE', `/containers/${id}`)).status, 204);
  });

  it('whose runtime program is gone runs on, and does not keep the daemon from starting', async () => {
    const path = `${daemon.folder}/other-crun`;
    const config = `${daemon.folder}/hako.yaml`;
    symlinkSync('/usr/bin/crun', path);
    writeFileSync(config, JSON.stringify({ runtimes: { other: { path } } }));
    await daemon.kill();
    await daemon.up({ HAKO_CONFIG: config });
    const id = await launch(daemon, '', { ...SLEEP, HostConfig: { ...NO_NETWORK, Runtime: 'other' } });
    await daemon.kill();
    rmSync(path);
    try {
      await daemon.up({ HAKO_CONFIG: config });
      assert.equal(await statusOf(id), 'running');
    } finally {
      symlinkSync('/usr/bin/crun', path);
      await daemon.kill();
      await daemon.up({ HAKO_CONFIG: config });
    }
    await remove(daemon, id);
  });

  it('is not taken over by a second daemon on the same root', async () => {
    const id = await launch(daemon, '', SLEEP);
    const run = `${daemon.folder}/other`;
    const settings = { root: daemon.root, run, group: 'root', userns: 'host', usernsBase: 16_777_216 } as const;
    const rest = { stopTimeoutS: 10, cgroupParent: 'hako-none', instance: 'hako-none' };
    await assert.rejects(openDaemon({ ...settings, ...rest }), /a daemon already serves/);
    assert.equal(await statusOf(id), 'running');
    await remove(daemon, id);
  });
});
