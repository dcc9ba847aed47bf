/** The daemon's images through its registry: what it has, others pull; what they push, the images' collector leaves alone. */
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { type OpenedImages, openImages } from '#images';
import { openDatabase } from '#state';
import { RegistryClient } from '../../registry/testing/client.ts';
import { openOurs } from '../../registry/testing/registries.ts';
import { openDaemonRegistry } from './daemon-registry.ts';
import type { RegistrySettings } from './options.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-daemon-registry-'));
after(() => rmSync(root, { recursive: true }));
const hasSkopeo = existsSync('/usr/bin/skopeo');

async function withDaemon<T>(
  work: (url: string, images: OpenedImages) => Promise<T>,
  more: Partial<RegistrySettings> = {},
): Promise<T> {
  await using scope = new AsyncDisposableStack();
  const database = openDatabase(join(root, 'hako.db'));
  scope.defer(() => database.close());
  const images = scope.use(await openImages({ rootDir: root, database }));
  const settings = { listen: '127.0.0.1:0', hostNames: ['own.example:5000'], ...more };
  const registry = scope.use(await openDaemonRegistry(images, database, settings));
  return await work(`http://127.0.0.1:${registry.address.port}`, images);
}

async function skopeo(...args: string[]): Promise<string> {
  return (await promisify(execFile)('skopeo', args)).stdout;
}

async function importImage(images: OpenedImages, reference: string, text: string, platform?: string): Promise<void> {
  const files = mkdtempSync(join(root, 'files-'));
  execFileSync('sh', ['-c', `printf '%s' '${text}' > ${files}/hello && tar -cf ${files}.tar -C ${files} hello`]);
  await images.importRootfs(Readable.from([readFileSync(`${files}.tar`)]), {
    reference,
    ...(platform ? { platform } : {}),
  });
}

test('what the daemon has is pulled without a push, under every name that means it', async () => {
  await withDaemon(async (url, images) => {
    await importImage(images, 'app:1', 'one');
    await importImage(images, 'own.example:5000/team/tool:2', 'two');
    await importImage(images, 'ghcr.io/org/other:3', 'three');
    const list = (await (await fetch(`${url}/v2/_catalog`)).json()) as { repositories: string[] };
    assert.deepEqual(list.repositories, ['app', 'ghcr.io/org/other', 'team/tool']);
    for (const path of [
      'app/manifests/1',
      'library/app/manifests/1?ns=docker.io',
      'team/tool/manifests/2',
      'ghcr.io/org/other/manifests/3',
      'org/other/manifests/3?ns=ghcr.io',
    ]) {
      const answer = await fetch(`${url}/v2/${path}`);
      assert.equal(answer.status, 200, path);
      const { layers } = (await answer.json()) as { layers: { digest: string; size: number }[] };
      const repository = path.slice(0, path.indexOf('/manifests'));
      const query = path.includes('?') ? path.slice(path.indexOf('?')) : '';
      const [layer] = layers;
      const blob = await fetch(`${url}/v2/${repository}/blobs/${layer?.digest}${query}`);
      assert.deepEqual([blob.status, (await blob.arrayBuffer()).byteLength], [200, layer?.size], path);
      assert.equal((await fetch(`${url}/v2/nobody/blobs/${layer?.digest}`)).status, 404);
    }
    assert.equal((await fetch(`${url}/v2/app/manifests/1`, { method: 'DELETE' })).status, 405);
  });
});

test('an image goes from the daemon by skopeo and back under another name, and outlives the daemon and its prune', {
  skip: !hasSkopeo,
}, async () => {
  const host = (url: string) => url.slice('http://'.length);
  let digest = '';
  await withDaemon(async (url, images) => {
    await importImage(images, 'travel:1', 'around the world');
    const layout = join(root, 'layout');
    await skopeo('copy', '-q', '--src-tls-verify=false', `docker://${host(url)}/travel:1`, `oci:${layout}:t`);
    await skopeo('copy', '-q', '--dest-tls-verify=false', `oci:${layout}:t`, `docker://${host(url)}/pushed/travel:2`);
    await skopeo(
      'copy',
      '-q',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      `docker://${host(url)}/travel:1`,
      `docker://${host(url)}/mounted:3`,
    );
    digest = (
      JSON.parse(await skopeo('inspect', '--tls-verify=false', `docker://${host(url)}/travel:1`)) as { Digest: string }
    ).Digest;
    await images.prune({ all: true });
    assert.equal((await fetch(`${url}/v2/travel/manifests/1`)).status, 404);
  });
  await withDaemon(async (url) => {
    for (const name of ['pushed/travel:2', 'mounted:3']) {
      const target = join(root, name.replaceAll(/\W/g, '-'));
      await skopeo('copy', '-q', '--src-tls-verify=false', `docker://${host(url)}/${name}`, `oci:${target}:t`);
      const inspected = JSON.parse(await skopeo('inspect', '--tls-verify=false', `docker://${host(url)}/${name}`)) as {
        Digest: string;
      };
      assert.equal(inspected.Digest, digest, name);
    }
  });
});

test('a name that has several platforms in the daemon is an index, whose parts are all there', async () => {
  await withDaemon(async (url, images) => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    for (const [index, platform] of platforms.entries())
      await importImage(images, `part:${index}`, `for ${platform}`, platform);
    const parts = images.list().filter(({ tags }) => tags.some((tag) => tag.includes('part:')));
    const ids = parts.map(({ id }) => id);
    images.store.names.set('docker.io/library/multi:1', ids);
    const answer = await fetch(`${url}/v2/multi/manifests/1`);
    assert.equal(answer.headers.get('content-type'), 'application/vnd.oci.image.index.v1+json');
    const digest = answer.headers.get('docker-content-digest');
    const { manifests } = (await answer.json()) as {
      manifests: { digest: string; platform: { os: string; architecture: string } }[];
    };
    const found = manifests.map(({ platform: { os, architecture } }) => `${os}/${architecture}`);
    assert.deepEqual(found.sort(), platforms);
    assert.equal((await fetch(`${url}/v2/multi/manifests/${digest}`)).status, 200, 'by its digest too');
    for (const { digest } of manifests) {
      const { config, layers } = (await (await fetch(`${url}/v2/multi/manifests/${digest}`)).json()) as {
        config: { digest: string };
        layers: { digest: string }[];
      };
      for (const blob of [config, ...layers])
        assert.equal((await fetch(`${url}/v2/multi/blobs/${blob.digest}`)).status, 200);
    }
  });
});

test('a daemon whose registry is a cache gives its own images, and fetches what it does not have', async () => {
  await using upstream = await openOurs();
  const origin = new RegistryClient(upstream.url);
  const { digest } = await origin.pushImage('far/app', 'v1');
  const ns = `?ns=${new URL(upstream.url).host}`;
  await withDaemon(
    async (url, images) => {
      await importImage(images, 'near:1', 'at hand');
      assert.equal((await fetch(`${url}/v2/near/manifests/1`)).status, 200);
      const fetched = await fetch(`${url}/v2/far/app/manifests/v1${ns}`);
      assert.deepEqual([fetched.status, fetched.headers.get('docker-content-digest')], [200, digest]);
      const { layers } = (await fetched.json()) as { layers: { digest: string; size: number }[] };
      const blob = await fetch(`${url}/v2/far/app/blobs/${layers[0]?.digest}${ns}`);
      assert.equal((await blob.arrayBuffer()).byteLength, layers[0]?.size);
      await images.prune({ all: true });
      await upstream.registry[Symbol.asyncDispose]();
      assert.equal((await fetch(`${url}/v2/far/app/manifests/${digest}${ns}`)).status, 200, 'the cache keeps it');
      const push = await fetch(`${url}/v2/far/app/blobs/uploads/${ns}`, { method: 'POST' });
      assert.equal(push.status, 405);
      assert.equal((await fetch(`${url}/v2/mine/blobs/uploads/`, { method: 'POST' })).status, 202);
    },
    { proxy: upstream.url },
  );
});
