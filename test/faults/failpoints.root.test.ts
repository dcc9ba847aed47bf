/** The daemon is killed at every failpoint of the sources; the next one must find its way from there. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { IMAGE, missing, TestDaemon } from '../lib/daemon.ts';
import { assertNoMoreThan, tracesOf } from '../lib/traces.ts';
import { eventually } from '../lib/wait.ts';

const src = join(import.meta.dirname, '../../src');
const skip = missing();

/** Code that no request of the trip below reaches; it has tests of its own. */
const ELSEWHERE = /^(registry\/|images\/remote\/|images\/unpack\/layer-blobs)/;

/** Read from the sources, so that nobody can forget one. */
function failpoints(): string[] {
  const paths = globSync('**/*.ts', { cwd: src }).filter((path) => !path.endsWith('.test.ts') && !ELSEWHERE.test(path));
  const texts = paths.map((path) => readFileSync(join(src, path), 'utf8'));
  return [
    ...new Set(texts.flatMap((text) => [...text.matchAll(/failpoint\('([^']+)'\)/g)].map(([, name = '']) => name))),
  ];
}

/** Everything that has a failpoint on its way, in one go. Throws when the daemon dies. */
async function trip(daemon: TestDaemon): Promise<void> {
  const { api } = daemon;
  await daemon.importTar(join(daemon.folder, 'trip.tar'), 'trip:1');
  await api.ok('POST', '/networks/create', { Name: 'trip-net' });
  const HostConfig = {
    NetworkMode: 'trip-net',
    Binds: ['/data'],
    PortBindings: { '80/tcp': [{ HostPort: '' }] },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10k', 'max-file': '2' } },
  };
  const Cmd = ['sh', '-c', 'yes 0123456789012345678901234567890123456789 | head -n 3000; exec sleep 1000'];
  await api.ok('POST', '/containers/create?name=trip', { Image: IMAGE, Cmd, HostConfig });
  await api.ok('POST', '/containers/trip/start');
  const { Id } = await api.ok<{ Id: string }>('POST', '/containers/trip/exec', { Cmd: ['true'] });
  await api.ok('POST', `/exec/${Id}/start`, { Detach: true });
  await eventually('a look of the log rotator', async () => {
    await api.ok('GET', '/_ping');
    return globSync(join(daemon.root, 'containers/*/container.log.1')).length > 0;
  });
  await api.ok('DELETE', '/containers/trip?force=1&v=1');
  await api.ok('DELETE', '/networks/trip-net');
  await api.ok('DELETE', '/images/trip:1');
}

/** What a user does who wants none of it. Nothing of it may be there. */
async function cleanUp({ api }: TestDaemon): Promise<void> {
  for (const path of ['/containers/trip?force=1&v=1', '/networks/trip-net', '/images/trip:1']) {
    const { status, message } = await api.call('DELETE', path);
    assert.ok([200, 204, 404].includes(status), `DELETE ${path}: ${status} ${message}`);
  }
}

describe('a daemon that is killed', { skip }, () => {
  let daemon: TestDaemon;
  let clean: Set<string>;
  let keeperPid: number;

  const pidOfKeeper = async () => {
    const { State } = await daemon.api.ok<{ State: { Pid: number; Running: boolean } }>(
      'GET',
      '/containers/keeper/json',
    );
    return State.Running ? State.Pid : 0;
  };

  before(async () => {
    daemon = await TestDaemon.start();
    mkdirSync(join(daemon.folder, 'trip'));
    writeFileSync(join(daemon.folder, 'trip/file'), 'trip');
    execFileSync('tar', ['-C', join(daemon.folder, 'trip'), '-cf', join(daemon.folder, 'trip.tar'), '.']);
    const body = {
      Image: IMAGE,
      Cmd: ['sleep', '1000'],
      HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '' }] } },
    };
    await daemon.api.ok('POST', '/containers/create?name=keeper', body);
    await daemon.api.ok('POST', '/containers/keeper/start');
    await trip(daemon);
    clean = tracesOf(daemon);
    keeperPid = await pidOfKeeper();
  });
  after(async () => daemon?.[Symbol.asyncDispose]());

  for (const name of failpoints()) {
    it(`at ${name} leaves nothing that its successor does not put right`, async () => {
      await daemon.kill();
      const working = daemon.up({ HAKO_FAILPOINTS: `${name}=kill` }).then(() => trip(daemon));
      await assert.rejects(working, 'the failpoint was not reached');
      assert.equal(await daemon.ended(), 'SIGKILL');
      await daemon.up();
      assert.equal(await pidOfKeeper(), keeperPid);
      await cleanUp(daemon);
      await assertNoMoreThan(clean, daemon);
    });
  }
});
