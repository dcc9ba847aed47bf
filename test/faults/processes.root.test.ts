/** Processes beside the daemon are killed, and all of them at once, as a loss of power does. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { create, inspect, launch, logsOf, remove, runScript } from '../lib/containers.ts';
import { missing, TestDaemon } from '../lib/daemon.ts';
import { forceOff } from '../lib/force-off.ts';
import { assertNoMoreThan, isAlive, pidsOf, tracesOf } from '../lib/traces.ts';
import { eventually } from '../lib/wait.ts';

const PORT = { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } };
const SERVE = ['httpd', '-f', '-p', '80', '-h', '/data'];

describe('a daemon', { skip: missing() }, () => {
  let daemon: TestDaemon;
  before(async () => {
    daemon = await TestDaemon.start();
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  const killProcess = (pattern: RegExp) => {
    const victims = pidsOf(daemon, { helpers: true }).filter(({ words }) => pattern.test(words));
    assert.ok(victims.length > 0, `no process matches ${pattern}`);
    for (const { pid } of victims) process.kill(pid, 'SIGKILL');
  };

  const answers = async (name: string) => {
    const { NetworkSettings } = await inspect(daemon, name);
    const port = NetworkSettings.Ports['80/tcp']?.[0]?.HostPort;
    return (await fetch(`http://127.0.0.1:${port}/seed`).catch(() => undefined))?.ok === true;
  };

  it('ends a container whose conmon was killed, and its restart policy goes on', async () => {
    await launch(daemon, 'plain', { Cmd: ['sleep', '1000'] });
    await launch(daemon, 'again', { Cmd: ['sleep', '1001'], HostConfig: { RestartPolicy: { Name: 'always' } } });
    const pids = [await inspect(daemon, 'plain'), await inspect(daemon, 'again')].map(({ State }) => State.Pid);
    killProcess(/^\S*conmon /);
    await eventually('the end of the plain one', async () => !(await inspect(daemon, 'plain')).State.Running);
    assert.equal((await inspect(daemon, 'plain')).State.ExitCode, 137);
    await eventually('a restart of the other', async () => {
      const { State } = await inspect(daemon, 'again');
      return State.Running && !pids.includes(State.Pid);
    });
    for (const pid of pids) assert.ok(!isAlive(pid));
    await remove(daemon, 'plain', 'again');
  });

  it('ends a container whose conmon was killed while no daemon was there', async () => {
    await launch(daemon, 'orphan', { Cmd: ['sleep', '1000'] });
    const { State } = await inspect(daemon, 'orphan');
    await daemon.kill();
    killProcess(/^\S*conmon /);
    await daemon.up();
    await eventually('its end', async () => (await inspect(daemon, 'orphan')).State.Status === 'exited');
    assert.ok(!isAlive(State.Pid));
    await remove(daemon, 'orphan');
  });

  it('has its network helper back after that was killed', async () => {
    await daemon.api.ok('POST', '/networks/create', { Name: 'helped' });
    await launch(daemon, 'web', { Cmd: SERVE, HostConfig: { NetworkMode: 'helped', ...PORT } });
    await eventually('an answer', () => answers('web'));
    killProcess(/helper\/main/);
    await eventually('an answer after the kill', () => answers('web'));
    const resolves = await launch(daemon, 'asks', {
      Cmd: ['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9 10; do nslookup web && exit; sleep 0.5; done; exit 1'],
      HostConfig: { NetworkMode: 'helped' },
    });
    const { StatusCode } = await daemon.api.ok<{ StatusCode: number }>('POST', `/containers/${resolves}/wait`);
    assert.equal(StatusCode, 0, await logsOf(daemon, 'asks'));
    await remove(daemon, 'web', 'asks');
    await daemon.api.ok('DELETE', '/networks/helped');
  });

  it('starts after a reboot what shall always run, and says of the rest how it ended', async () => {
    await launch(daemon, 'first', { Cmd: ['true'] });
    await remove(daemon, 'first');
    const before = tracesOf(daemon);
    await launch(daemon, 'always', { Cmd: SERVE, HostConfig: { ...PORT, RestartPolicy: { Name: 'always' } } });
    await launch(daemon, 'stopped', { Cmd: ['sleep', '9'], HostConfig: { RestartPolicy: { Name: 'unless-stopped' } } });
    await daemon.api.ok('POST', '/containers/stopped/stop?t=0');
    await launch(daemon, 'once', { Cmd: ['sh', '-c', 'echo words; sleep 1000'] });
    await launch(daemon, 'temporary', { Cmd: ['sleep', '1000'], HostConfig: { AutoRemove: true } });
    await create(daemon, 'waiting', { Cmd: ['true'] });
    await eventually('a line', async () => (await logsOf(daemon, 'once')) === 'words\n');
    await daemon.kill();
    await forceOff(daemon);
    rmSync(daemon.run, { recursive: true });
    await daemon.up();
    await eventually('an answer of what always runs', () => answers('always'));
    const states = ['stopped', 'once', 'waiting'].map(async (name) => (await inspect(daemon, name)).State.Status);
    assert.deepEqual(await Promise.all(states), ['exited', 'exited', 'created']);
    assert.equal(await logsOf(daemon, 'once'), 'words\n');
    assert.equal((await daemon.api.call('GET', '/containers/temporary/json')).status, 404);
    assert.equal((await runScript(daemon, 'echo hello')).output, 'hello\n');
    await remove(daemon, 'always', 'stopped', 'once', 'waiting');
    await assertNoMoreThan(before, daemon);
  });
});
