import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isHakoError } from '#base';
import { RegistryClient } from '../../registry/testing/client.ts';
import { type RegistrySettings, registryOptions } from './options.ts';
import { openFolderRegistry } from './serve.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-registry-options-'));
after(() => rmSync(root, { recursive: true }));

const LISTEN = '127.0.0.1:0';

test('settings that do not go together are refused by name', () => {
  const wrong: [Omit<RegistrySettings, 'listen'> & { listen?: string }, RegExp][] = [
    [{ tlsCert: 'x' }, /tlsCert and tlsKey/],
    [{ rules: 'x' }, /htpasswd/],
    [{ tokens: true }, /htpasswd/],
    [{ proxyConfig: 'x' }, /proxyConfig/],
    [{ externalUrl: 'registry.example' }, /externalUrl "registry\.example" is no URL/],
    [{ quotaBytes: -1 }, /quotaBytes is -1/],
    [{ gcGraceS: -5 }, /gcGraceS is -5/],
    [{ listen: 'nowhere' }, /HOST:PORT/],
    [{ listen: ':99999' }, /HOST:PORT/],
  ];
  for (const [settings, message] of wrong)
    assert.throws(
      () => registryOptions({ listen: LISTEN, ...settings }),
      (error) => isHakoError(error, 'invalid') && message.test(error.message),
      JSON.stringify(settings),
    );
});

test('collection is hourly, spares what is new and untagged, and can be turned off', () => {
  const { collection } = registryOptions({ listen: LISTEN });
  assert.deepEqual([collection?.everyMs, collection?.graceMs, collection?.untagged], [3_600_000, 3_600_000, false]);
  assert.equal(registryOptions({ listen: LISTEN, gcIntervalS: 0 }).collection, undefined);
});

test('gcUntagged decides whether manifests that lost their tag are collected', async () => {
  for (const gcUntagged of [false, true]) {
    const dir = mkdtempSync(join(root, 'r'));
    await using registry = await openFolderRegistry(dir, { listen: LISTEN, gcIntervalS: 1, gcGraceS: 0, gcUntagged });
    const client = new RegistryClient(`http://127.0.0.1:${registry.address.port}`);
    const { digest: lost } = await client.pushImage('a', 'v1');
    const { digest: kept } = await client.pushImage('a', 'v1');
    const collections = async () => {
      const { body } = await client.send('GET', '/metrics');
      return Number(/^hako_registry_collections_total (\d+)$/m.exec(body.toString())?.[1] ?? 0);
    };
    const before = await collections();
    while ((await collections()) < before + 2) await delay(50);
    const statusOf = async (digest: string) => (await client.send('HEAD', `/v2/a/manifests/${digest}`)).status;
    assert.deepEqual([await statusOf(lost), await statusOf(kept)], [gcUntagged ? 404 : 200, 200]);
  }
});

test('files that cannot be used are named, and what they are for', async () => {
  const dir = join(root, 'files');
  const noPem = join(root, 'no-pem');
  writeFileSync(noPem, 'not a certificate');
  const users = join(root, 'users');
  writeFileSync(users, '');
  const wrong: [Partial<RegistrySettings>, RegExp][] = [
    [{ htpasswd: '/none/users' }, /cannot use the password file \/none\/users: ENOENT/],
    [{ htpasswd: root }, /cannot use the password file .*: EISDIR/],
    [{ htpasswd: users, rules: '/none/rules' }, /cannot use the rules \/none\/rules: ENOENT/],
    [{ htpasswd: users, rules: noPem }, /no-pem has no list "rules"/],
    [{ tlsCert: noPem, tlsKey: noPem }, /cannot use the certificate .*no-pem with the key .*no-pem: /],
    [{ accessLog: '/none/log' }, /cannot use the access log \/none\/log: ENOENT/],
  ];
  for (const [settings, message] of wrong)
    await assert.rejects(
      async () => openFolderRegistry(dir, { listen: LISTEN, ...settings }),
      (error) => isHakoError(error, 'invalid') && message.test(error.message),
      JSON.stringify(settings),
    );
  await using registry = await openFolderRegistry(dir, { listen: LISTEN });
  assert.ok(registry.address.port > 0, 'a refusal holds nothing');
});

test('a folder that is somebody else’s is refused before anything of it is touched', async () => {
  const layout = join(root, 'layout');
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const blob = join(layout, 'blobs/sha256', 'a'.repeat(64));
  writeFileSync(blob, 'x');
  const open = async (dir: string) => openFolderRegistry(dir, { listen: LISTEN });
  await assert.rejects(open(layout), /layout has blobs that no registry has put there/);
  assert.deepEqual(readdirSync(layout, { recursive: true }).length, 3);
  assert.equal(readFileSync(blob, 'utf8'), 'x');
  const unfinished = join(root, 'unfinished');
  mkdirSync(join(unfinished, 'ingest'), { recursive: true });
  writeFileSync(join(unfinished, 'ingest/precious'), 'x');
  await assert.rejects(open(unfinished), /unfinished has files in "ingest" that no registry has put there/);
  assert.deepEqual(readdirSync(join(unfinished, 'ingest')), ['precious']);
  writeFileSync(join(root, 'hako.db'), '');
  await assert.rejects(open(root), /is the folder of a daemon/);
  await assert.rejects(open(blob), /cannot use .*registry\.db/);
});
