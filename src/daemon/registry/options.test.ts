import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
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
