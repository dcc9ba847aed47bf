/**
 * `hako server` under load, killed by SIGKILL again and again (HAKO_TEST_KILLS times, default 3): every write that was acknowledged is
 * there afterwards, and watches that go on from the last revision they saw miss nothing and see nothing twice.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isStatusError, type KubeObject } from '#kube/api';
import { HttpClient } from '#kube/client';

const KILLS = Number(process.env.HAKO_TEST_KILLS ?? 3);
const WRITERS = 8;
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const dir = mkdtempSync(join(tmpdir(), 'hako-server-kill-'));
after(() => rmSync(dir, { recursive: true, force: true }));

/** What a client knows: only what was acknowledged. */
const acknowledged = new Map<string, string>();
/** Revisions of every event that the watcher saw, in order. */
const seen: { revision: number; name: string; value: string | undefined }[] = [];
let lastRevision = '';
let running: ChildProcess | undefined;
let clientNow: HttpClient | undefined;

async function start(): Promise<HttpClient> {
  const kubeconfig = join(dir, 'kubeconfig');
  rmSync(kubeconfig, { force: true });
  running = spawn(
    join(import.meta.dirname, '../../hako'),
    [
      'server',
      '--data-dir',
      join(dir, 'data'),
      '--listen',
      '127.0.0.1:0',
      '--kubeconfig',
      kubeconfig,
      '--no-controllers',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  while (!existsSync(kubeconfig)) {
    assert.equal(running.exitCode, null, 'the server ended by itself');
    await delay(10);
  }
  return clientOf(readFileSync(kubeconfig, 'utf8'));
}

interface Kubeconfig {
  clusters: [{ cluster: { server: string; 'certificate-authority-data': string } }];
  users: [{ user: { 'client-certificate-data': string; 'client-key-data': string } }];
}

function clientOf(text: string): HttpClient {
  const { clusters, users } = JSON.parse(text) as Kubeconfig;
  const pem = (data: string) => Buffer.from(data, 'base64').toString();
  const { user } = users[0];
  return new HttpClient({
    server: clusters[0].cluster.server,
    ca: pem(clusters[0].cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  });
}

function dataOf(object: KubeObject): string | undefined {
  return (object.data as { n?: string } | undefined)?.n;
}

/** Writes until the server is killed; what fails may have happened or not, and is not counted. */
async function write(client: HttpClient, writer: number, round: number): Promise<void> {
  try {
    for (let n = 0; ; n++) {
      const name = `w${writer}-${n % 20}`;
      const data = { n: `${round}-${n}` };
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
      const known = acknowledged.has(name);
      if (known) await client.update(CONFIG_MAPS, object);
      else
        await client
          .create(CONFIG_MAPS, object)
          .catch((error: unknown) => (isStatusError(error, 'AlreadyExists') ? undefined : Promise.reject(error)));
      if (known) acknowledged.set(name, data.n);
      else acknowledged.set(name, '');
    }
  } catch (error) {
    assert.ok(isStatusError(error) || (error as Error).message !== '', String(error));
  }
}

async function watch(client: HttpClient): Promise<void> {
  try {
    for await (const { type, object } of client.watch(CONFIG_MAPS, {
      namespace: 'default',
      resourceVersion: lastRevision,
    })) {
      assert.notEqual(type, 'ERROR', JSON.stringify(object));
      lastRevision = object.metadata.resourceVersion as string;
      seen.push({
        revision: Number(lastRevision),
        name: object.metadata.name as string,
        value: type === 'DELETED' ? undefined : dataOf(object),
      });
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    // The connection broke off with the server.
  }
}

it('a server that is killed under load loses no acknowledged write, and watches go on without a gap', async () => {
  let client = await start();
  lastRevision = (await client.list(CONFIG_MAPS)).metadata.resourceVersion as string;
  for (let round = 1; round <= KILLS; round++) {
    const watching = watch(client);
    const writing = Array.from({ length: WRITERS }, (_, writer) => write(client, writer, round));
    await delay(200 + Math.random() * 400);
    running?.kill('SIGKILL');
    await once(running as ChildProcess, 'exit');
    await Promise.all([...writing, watching]);
    client[Symbol.dispose]();
    client = await start();
    clientNow = client;
    await check(client);
  }
  assert.ok(acknowledged.size >= WRITERS, 'hardly anything was written');
  client[Symbol.dispose]();
  running?.kill('SIGTERM');
  await once(running as ChildProcess, 'exit');
});

async function check(client: HttpClient): Promise<void> {
  const { items } = await client.list(CONFIG_MAPS, { namespace: 'default' });
  const now = new Map(items.map((object) => [object.metadata.name as string, dataOf(object) ?? '']));
  for (const [name, value] of acknowledged) {
    assert.ok(now.has(name), `${name} was acknowledged and is gone`);
    if (value !== '')
      assert.ok(
        isSameOrLater(now.get(name) ?? '', value),
        `${name} is ${now.get(name)}, older than ${value}, which was acknowledged`,
      );
  }
  await caughtUp(client, items);
}

/** The watch goes on from what it saw last: its events, one after the other, lead exactly to what is there. */
async function caughtUp(client: HttpClient, items: readonly KubeObject[]): Promise<void> {
  const newest = Math.max(0, ...items.map(({ metadata }) => Number(metadata.resourceVersion)));
  const stop = new AbortController();
  const catching = (async () => {
    if (Number(lastRevision) >= newest) return;
    for await (const { type, object } of client.watch(CONFIG_MAPS, {
      namespace: 'default',
      resourceVersion: lastRevision,
      signal: stop.signal,
    })) {
      assert.notEqual(type, 'ERROR', JSON.stringify(object));
      lastRevision = object.metadata.resourceVersion as string;
      seen.push({ revision: Number(lastRevision), name: object.metadata.name as string, value: dataOf(object) });
      if (Number(lastRevision) >= newest) return;
    }
  })();
  await catching;
  stop.abort();
  for (let at = 1; at < seen.length; at++) {
    assert.ok((seen[at]?.revision ?? 0) > (seen[at - 1]?.revision ?? 0), `event ${at} is out of order or twice`);
  }
  const shown = new Map(seen.map(({ name, value }) => [name, value]));
  for (const object of items)
    assert.equal(
      shown.get(object.metadata.name as string),
      dataOf(object),
      `the watch missed a change of ${object.metadata.name}`,
    );
}

function isSameOrLater(value: string, than: string): boolean {
  const [round = 0, n = 0] = value.split('-').map(Number);
  const [thanRound = 0, thanN = 0] = than.split('-').map(Number);
  return round > thanRound || (round === thanRound && n >= thanN);
}

after(() => {
  clientNow?.[Symbol.dispose]();
  running?.kill('SIGKILL');
});
