/** `hako server` and `hako datastore` as they are typed. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { connect } from 'node:tls';
import { HttpClient } from 'hakobune';
import { parse } from 'yaml';
import { openStorage } from '#kube/storage';
import { ReviewService } from '../conformance/kube/support/review-service.ts';

const hako = join(import.meta.dirname, '../../hako');
const dir = mkdtempSync(join(tmpdir(), 'hako-server-commands-'));
const env = { PATH: process.env.PATH ?? '', HOME: dir };
after(() => rmSync(dir, { recursive: true, force: true }));

function run(...args: string[]) {
  return spawnSync(hako, args, { cwd: dir, encoding: 'utf8', env });
}

function failure(...args: string[]): string {
  const { status, stderr } = run(...args);
  assert.notEqual(status, 0);
  return stderr;
}

async function readBack(url: string): Promise<unknown> {
  await using storage = await openStorage(url);
  return (await storage.get('/registry/a')).entry?.value;
}

async function put(url: string, value: string): Promise<void> {
  await using storage = await openStorage(url);
  const { entry } = await storage.get('/registry/a');
  await storage.put('/registry/a', value, entry?.modRevision ?? 0);
}

describe('hako datastore backup and restore', () => {
  const folder = join(dir, 'data');
  const cases: [what: string, path: string, flags: string[]][] = [
    ['the data folder', join(folder, 'state.db'), ['--data-dir', folder]],
    ['sqlite in the data folder', join(folder, 'state.db'), ['--data-dir', folder, '--datastore', 'sqlite']],
    ['sqlite:PATH', join(dir, 'a.db'), ['--datastore', `sqlite:${dir}/a.db`]],
    ['sqlite:///PATH', join(dir, 'b.db'), ['--datastore', `sqlite://${dir}/b.db`]],
    ['a path', join(dir, 'c.db'), ['--datastore', './c.db']],
  ];
  for (const [what, path, flags] of cases) {
    it(`take ${what}`, async () => {
      const url = `sqlite:${path}`;
      const backup = join(dir, 'backup.db');
      await put(url, 'then');
      assert.equal(run('datastore', 'backup', ...flags, backup).stderr, '');
      await put(url, 'now');
      assert.equal(run('datastore', 'restore', ...flags, backup).stderr, '');
      assert.equal(await readBack(url), 'then');
    });
  }

  it('say what to do with other datastores, and where none is', () => {
    const etcd = ['--datastore', 'https://10.0.0.1:2379'];
    assert.match(failure('datastore', 'backup', ...etcd, 'x.db'), /is an etcd: .*etcdctl snapshot save/);
    assert.match(failure('datastore', 'restore', ...etcd, 'x.db'), /is an etcd: .*etcdctl snapshot restore/);
    assert.match(
      failure('datastore', 'backup', '--datastore', 'memory', 'x.db'),
      /only SQLite datastores have backups/,
    );
    assert.match(failure('datastore', 'backup', '--datastore', 'mysql', 'x.db'), /"mysql" is not known/);
    const nowhere = failure('datastore', 'backup', '--datastore', 'sqlite:/nowhere/state.db', 'x.db');
    assert.match(nowhere, /there is no datastore at \/nowhere\/state\.db: .*--datastore/);
  });
});

describe('hako server', () => {
  it('refuses a request timeout that is none', () => {
    assert.match(failure('server', '--request-timeout', '0'), /cannot be answered in 0/);
    assert.match(failure('server', '--request-timeout', '5'), /"5" is no duration/);
  });

  it('refuses to advertise an address that only this machine has', () => {
    const flags = ['--datastore', 'memory', '--listen', '127.0.0.1:0', '--advertise-address', '127.0.0.1'];
    assert.match(failure('server', ...flags), /"127\.0\.0\.1" cannot be advertised/);
  });

  it('ends a request that takes longer than --request-timeout', { timeout: 60_000 }, async () => {
    const kubeconfig = join(dir, 'kubeconfig');
    const flags = ['--datastore', 'memory', '--listen', '127.0.0.1:0', '--no-controllers', '--kubeconfig', kubeconfig];
    await using server = await started([...flags, '--request-timeout', '700ms']);
    const { users } = parse(readFileSync(kubeconfig, 'utf8')) as { users: { user: Record<string, string> }[] };
    const pem = (name: string) => Buffer.from(users[0]?.user[name] ?? '', 'base64');
    const tls = { cert: pem('client-certificate-data'), key: pem('client-key-data'), rejectUnauthorized: false };
    const socket = connect({ ...tls, host: '127.0.0.1', port: Number(new URL(server.url).port) });
    const head = 'host: x\r\ncontent-type: application/json\r\ncontent-length: 1000';
    socket.write(`POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\n${head}\r\n\r\n{`);
    assert.match(await text(socket), /^HTTP\/1\.1 504 .*did not finish within 0\.7 seconds/s);
  });
});

describe('hako server with services that know users', () => {
  const MAPS = { group: '', version: 'v1', resource: 'configmaps' };

  it('asks those that kubeconfigs lead to', { timeout: 60_000 }, async () => {
    await using service = await ReviewService.start();
    const config = service.writeConfig(join(dir, 'service.json'));
    const flags = ['--datastore', 'memory', '--listen', '127.0.0.1:0', '--no-controllers'];
    const tokens = ['--authentication-token-webhook-config-file', config];
    const remembered = ['--authentication-token-webhook-cache-ttl', '0'];
    const access = ['--authorization-webhook-config-file', config];
    await using server = await started([...flags, ...tokens, ...remembered, ...access]);
    const as = (token: string) => new HttpClient({ server: server.url, token, insecureSkipTlsVerify: true });
    using jane = as('jane-token');
    assert.equal((await jane.list(MAPS)).kind, 'ConfigMapList');
    await assert.rejects(jane.deleteCollection(MAPS, { namespace: 'default' }), /the service says no/);
    assert.equal(service.count('TokenReview'), 2, 'nothing is remembered');
    using stranger = as('stolen');
    await assert.rejects(stranger.list(MAPS), /Unauthorized/);
  });

  it('refuses a time that is none', () => {
    assert.match(failure('server', '--authentication-token-webhook-cache-ttl', '5'), /"5" is no duration/);
  });
});

async function started(flags: string[]): Promise<AsyncDisposable & { readonly url: string }> {
  const child: ChildProcess = spawn(hako, ['server', ...flags], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const url = /served at (\S+)/.exec(line)?.[1];
    if (url !== undefined) return { url, [Symbol.asyncDispose]: () => stop(child) };
  }
  throw new Error('the server ended before it was ready');
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
