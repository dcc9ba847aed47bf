/** `hako registry serve --proxy` before real registries, over HTTP: ours, and Debian's where it is installed. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { isHakoError } from '#base';
import {
  describe as descriptorOf,
  digestOf,
  EMPTY_JSON,
  errorCode,
  RegistryClient,
} from '../../../registry/testing/client.ts';
import { hasDebianRegistry, openDebian, openOurs, type TestRegistry } from '../../../registry/testing/registries.ts';
import type { RegistrySettings } from '../options.ts';
import { openFolderRegistry } from '../serve.ts';
import { fullPath, parseUpstreamAddress } from './address.ts';
import { cacheOptions } from './open.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-upstream-'));
after(() => rmSync(root, { recursive: true }));

async function openCache(proxy: string, settings: Partial<RegistrySettings> = {}) {
  const dir = mkdtempSync(join(root, 'cache-'));
  const registry = await openFolderRegistry(dir, { listen: '127.0.0.1:0', proxy, proxyTagTtlS: 0, ...settings });
  const client = new RegistryClient(`http://127.0.0.1:${registry.address.port}`);
  return { client, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

suite('ours', openOurs, true);
if (hasDebianRegistry) suite("Debian's docker-registry", openDebian, false);

function suite(name: string, open: () => Promise<TestRegistry>, hasReferrersApi: boolean): void {
  describe(`a cache of ${name}`, () => {
    it('gives what the upstream has, and goes on with it when that is stopped', async () => {
      const upstream = await open();
      try {
        const origin = new RegistryClient(upstream.url);
        await using cache = await openCache(upstream.url);
        const layer = randomBytes(3_000_000);
        const { digest, bytes, descriptor } = await origin.pushImage('team/app', 'v1', { layer });
        await origin.pushIndex('team/app', 'multi', [{ ...descriptor }]);
        const pull = async (tag: string) => {
          const accept = { headers: { Accept: 'application/vnd.oci.image.index.v1+json, */*' } };
          const manifest = await cache.client.send('GET', `/v2/team/app/manifests/${tag}`, accept);
          assert.equal(manifest.status, 200, `${tag}: ${manifest.body}`);
          const blob = await cache.client.send('GET', `/v2/team/app/blobs/${digestOf(layer)}`);
          assert.ok(blob.body.equals(layer));
          return manifest;
        };
        assert.ok((await pull('v1')).body.equals(bytes));
        assert.equal((await pull('multi')).headers.get('content-type'), 'application/vnd.oci.image.index.v1+json');
        assert.equal((await cache.client.send('GET', `/v2/team/app/manifests/${digest}`)).status, 200);
        for (const path of ['team/app/manifests/none', `team/app/blobs/${digestOf('x')}`, 'none/manifests/v1'])
          assert.equal((await cache.client.send('GET', `/v2/${path}`)).status, 404, path);
        assert.equal((await cache.client.send('POST', '/v2/team/app/blobs/uploads/')).status, 405);
        await upstream[Symbol.asyncDispose]();
        assert.ok((await pull('v1')).body.equals(bytes));
        await pull('multi');
        assert.equal((await cache.client.send('GET', '/v2/team/app/manifests/v2')).status, 503);
      } finally {
        rmSync(upstream.dir, { recursive: true, force: true });
      }
    });

    it('lists tags and referrers as the upstream does', async () => {
      await using upstream = await open();
      const origin = new RegistryClient(upstream.url);
      await using cache = await openCache(upstream.url);
      const { bytes, descriptor } = await origin.pushImage('app', 'b');
      for (const tag of ['a', 'c', 'd']) await origin.pushManifest('app', tag, bytes);
      const tags: string[] = [];
      for (let path = '/v2/app/tags/list?n=3'; path !== ''; ) {
        const answer = await cache.client.send('GET', path);
        tags.push(...(JSON.parse(answer.body.toString()) as { tags: string[] }).tags);
        path = /^<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
      }
      assert.deepEqual(tags.sort(), ['a', 'b', 'c', 'd']);
      const empty = descriptorOf(Buffer.from('{}'), EMPTY_JSON);
      const fields = { config: empty, layers: [empty], artifactType: 'application/x.sbom', subject: descriptor };
      const sbom = await origin.pushImage('app', undefined, { layer: Buffer.from('{}'), ...fields });
      if (!hasReferrersApi) {
        const entry = { ...sbom.descriptor, artifactType: 'application/x.sbom' };
        await origin.pushIndex('app', descriptor.digest.replace(':', '-'), [entry]);
      }
      for (const [query, count] of [
        ['', 1],
        ['?artifactType=application/x.sbom', 1],
        ['?artifactType=other', 0],
      ] as const) {
        const answer = await cache.client.send('GET', `/v2/app/referrers/${descriptor.digest}${query}`);
        const { manifests } = JSON.parse(answer.body.toString()) as { manifests: { digest: string }[] };
        assert.equal(manifests.length, count, query);
        if (count === 1) assert.equal(manifests[0]?.digest, sbom.digest);
      }
      assert.equal((await cache.client.send('GET', `/v2/app/manifests/${sbom.digest}`)).status, 200);
    });
  });
}

test('a cache signs in at its upstream with a config.json, by password or by token, and says what it may not have', async () => {
  const htpasswdPath = join(root, 'users');
  writeFileSync(htpasswdPath, `cache:${hashSync('secret', 4)}\n`);
  const headers = { Authorization: `Basic ${Buffer.from('cache:secret').toString('base64')}` };
  for (const tokens of [false, true]) {
    await using upstream = await openOurs({ htpasswdPath, tokens });
    const token = await fetch(`${upstream.url}/token?service=x&scope=repository:app:pull,push`, { headers });
    const bearer = tokens ? { Authorization: `Bearer ${((await token.json()) as { token: string }).token}` } : headers;
    await new RegistryClient(upstream.url, bearer).pushImage('app', 'v1');
    const proxyConfig = join(root, `config-${tokens}.json`);
    const auth = Buffer.from('cache:secret').toString('base64');
    writeFileSync(proxyConfig, JSON.stringify({ auths: { [new URL(upstream.url).host]: { auth } } }));
    await using signedIn = await openCache(upstream.url, { proxyConfig });
    assert.equal((await signedIn.client.send('GET', '/v2/app/manifests/v1')).status, 200);
    await using nobody = await openCache(upstream.url);
    const refused = await nobody.client.send('GET', '/v2/app/manifests/v1');
    assert.deepEqual([refused.status, errorCode(refused)], [403, 'DENIED']);
  }
});

test('a mirror’s client that means another registry is not given something else', async () => {
  await using upstream = await openOurs();
  await new RegistryClient(upstream.url).pushImage('app', 'v1');
  await using cache = await openCache(upstream.url);
  const other = await cache.client.send('GET', '/v2/app/manifests/v1?ns=ghcr.io');
  assert.deepEqual([other.status, errorCode(other)], [404, 'NAME_UNKNOWN']);
  const own = await cache.client.send('GET', `/v2/app/manifests/v1?ns=${new URL(upstream.url).host}`);
  assert.equal(own.status, 200);
});

test('addresses of upstreams', () => {
  assert.deepEqual(parseUpstreamAddress('https://registry-1.docker.io'), { domain: 'docker.io', isPlain: false });
  assert.deepEqual(parseUpstreamAddress('ghcr.io'), { domain: 'ghcr.io', isPlain: false });
  assert.deepEqual(parseUpstreamAddress('http://10.0.0.7:5000/'), { domain: '10.0.0.7:5000', isPlain: true });
  for (const wrong of ['', 'https://a/b', 'https://user:pass@a', 'ftp://a', 'https://a?x'])
    assert.throws(
      () => parseUpstreamAddress(wrong),
      (error) => isHakoError(error, 'invalid'),
      wrong,
    );
  assert.equal(fullPath('docker.io', 'nginx'), 'library/nginx');
  assert.equal(fullPath('docker.io', 'org/nginx'), 'org/nginx');
  assert.equal(fullPath('ghcr.io', 'nginx'), 'nginx');
});

test('beside the daemon’s images an upstream covers the names of its own host only', async () => {
  const coverage = (proxy: string, ...names: string[]) => {
    const { upstream } = cacheOptions({ listen: ':0', proxy }, true) ?? assert.fail();
    return names.map((name) => upstream.covers(name));
  };
  assert.deepEqual(coverage('docker.io', 'nginx', 'org/app', 'ghcr.io/org/app'), [true, true, false]);
  assert.deepEqual(coverage('ghcr.io', 'nginx', 'org/app', 'ghcr.io/org/app'), [false, false, true]);
});
