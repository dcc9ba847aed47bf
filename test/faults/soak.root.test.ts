/** The daemon is killed at random moments while clients work. HAKO_SOAK is the number of kills, HAKO_SEED repeats a run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { IMAGE, missing, TestDaemon } from '../lib/daemon.ts';
import { assertNoMoreThan, namespaceCount, tracesOf } from '../lib/traces.ts';
import { eventually } from '../lib/wait.ts';
import { EXIT_CODE, type Knowledge, randomFrom, SoakClient } from './soak-client.ts';

const KILLS = Number(process.env.HAKO_SOAK ?? 25);
const SEED = Number(process.env.HAKO_SEED ?? Date.now() % 1_000_000);
/** Some kills come while the daemon starts, most while it works. */
const LONGEST_WORK_MS = 350;
const LONGEST_START_MS = 400;
const KILLS_IN_START = 0.2;

interface Inspected {
  Id: string;
  RestartCount: number;
  State: { Status: string; Pid: number; ExitCode: number; StartedAt: string };
}

const inspect = (daemon: TestDaemon, name: string) => daemon.api.ok<Inspected>('GET', `/containers/${name}/json`);

async function logLines(daemon: TestDaemon, name: string): Promise<string[]> {
  const { stdout } = await daemon.hako('logs', name);
  return stdout.trimEnd().split('\n');
}

async function run(daemon: TestDaemon, name: string, script: string, hostConfig: object = {}): Promise<void> {
  const body = { Image: IMAGE, Cmd: ['sh', '-c', script], HostConfig: hostConfig };
  await daemon.api.ok('POST', `/containers/create?name=${name}`, body);
  await daemon.api.ok('POST', `/containers/${name}/start`);
}

/** No container that a client was promised is lost, none that was removed is back, and those that ended say how. */
async function assertPromisesKept(daemon: TestDaemon, clients: readonly SoakClient[]): Promise<void> {
  const listed = await daemon.api.ok<{ Names: string[] }[]>('GET', '/containers/json?all=1');
  const names = new Set(listed.map(({ Names }) => Names[0]?.slice(1) ?? ''));
  const mustBe: Knowledge[] = ['created', 'start-asked', 'started'];
  for (const [name, knowledge] of clients.flatMap(({ ledger }) => [...ledger])) {
    if (mustBe.includes(knowledge)) assert.ok(names.has(name), `${name} (${knowledge}) is lost`);
    if (knowledge === 'removed') assert.ok(!names.has(name), `${name} came back`);
    if (knowledge === 'started') await assertTold(daemon, name);
  }
}

/** A started container runs, or has its own exit code (137 for one that was stopped) and all of its lines. */
async function assertTold(daemon: TestDaemon, name: string): Promise<void> {
  const { State } = await inspect(daemon, name);
  if (State.Status === 'running') return;
  assert.equal(State.Status, 'exited', `${name} is ${State.Status}`);
  assert.ok([EXIT_CODE, 137].includes(State.ExitCode), `${name} ended with ${State.ExitCode}`);
  if (State.ExitCode === EXIT_CODE) assert.deepEqual(await logLines(daemon, name), ['begin', 'end'], name);
}

async function removeAll(daemon: TestDaemon, clients: readonly SoakClient[]): Promise<void> {
  const listed = await daemon.api.ok<{ Id: string; Names: string[] }[]>('GET', '/containers/json?all=1');
  const theirs = listed.filter(({ Names }) => /^\/c\d/.test(Names[0] ?? ''));
  await Promise.all(theirs.map(({ Id }) => daemon.api.ok('DELETE', `/containers/${Id}?force=1&v=1`)));
  for (const { ledger } of clients) ledger.clear();
}

/** What the first container on a bridge brings (the bridge itself, the rules) stays with the daemon. */
async function warmUp(daemon: TestDaemon): Promise<void> {
  await run(daemon, 'first', 'true', { PortBindings: { '80/tcp': [{ HostPort: '' }] } });
  await daemon.api.ok('DELETE', '/containers/first?force=1');
}

/** Clients work, the daemon is killed, starts again, perhaps killed while it does. */
async function oneKill(daemon: TestDaemon, clients: readonly SoakClient[], random: () => number): Promise<void> {
  const working = Promise.all(clients.map((client) => client.work()));
  await delay(random() * LONGEST_WORK_MS);
  assert.equal(await daemon.kill(), 'SIGKILL');
  await working;
  if (random() < KILLS_IN_START) {
    const starting = daemon.up().catch(() => undefined);
    await delay(random() * LONGEST_START_MS);
    await daemon.kill();
    await starting;
  }
  await daemon.up();
}

const timeout = 60_000 + KILLS * 3_000;

test(`${KILLS} kills lose nothing, leak nothing and stop no restart policy (seed ${SEED})`, {
  skip: missing(),
  timeout,
}, async () => {
  const random = randomFrom(SEED);
  await using daemon = await TestDaemon.start();
  await warmUp(daemon);
  const before = tracesOf(daemon);
  const spare = namespaceCount(daemon);
  await run(daemon, 'keeper', 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.02; done');
  await run(daemon, 'phoenix', 'echo up; sleep 0.2; exit 3', { RestartPolicy: { Name: 'always' } });
  const keeper = await inspect(daemon, 'keeper');
  const clients = [1, 2, 3].map((number) => new SoakClient(daemon, random, `c${number}`));
  for (let kill = 0; kill < KILLS; kill++) {
    await oneKill(daemon, clients, random);
    await assertPromisesKept(daemon, clients);
    if (kill % 10 === 9) await removeAll(daemon, clients);
  }
  await removeAll(daemon, clients);
  assert.deepEqual(
    [(await inspect(daemon, 'keeper')).State.Pid, (await inspect(daemon, 'keeper')).State.Status],
    [keeper.State.Pid, 'running'],
  );
  const { State: last } = await inspect(daemon, 'phoenix');
  await eventually(
    'another life of the phoenix',
    async () => (await inspect(daemon, 'phoenix')).State.StartedAt > last.StartedAt,
    70_000,
  );
  await daemon.api.ok('POST', '/containers/keeper/stop?t=0');
  const lines = await logLines(daemon, 'keeper');
  assert.deepEqual(
    lines,
    lines.map((_, index) => String(index)),
    'the log of a container that ran all the time',
  );
  for (const name of ['keeper', 'phoenix']) await daemon.api.ok('DELETE', `/containers/${name}?force=1&v=1`);
  await assertNoMoreThan(before, daemon);
  await eventually('the release of network namespaces', () => namespaceCount(daemon) <= spare);
});
