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
import { openDaemonRegistry } from './daemon-registry.ts';

const root = mkdtempSync(join(tmpdir(), 'hako-daemon-registry-'));
after(() => rmSync(root, { recursive: true }));
const hasSkopeo = existsSync('/usr/bin/skopeo');

async function withDaemon<T>(work: (url: string, images: OpenedImages) => Promise<T>): Promise<T> {
  await using scope = new AsyncDisposableStack();
  const database = openDatabase(join(root, 'hako.db'));
  scope.defer(() => database.close());
  const images = scope.use(await openImages({ rootDir: root, database }));
  const settings = { listen: '127.0.0.1:0', hostNames: ['own.example:5000'] };
  const registry = scope.use(await openDaemonRegistry(images, database, settings));
  return await work(`http://127.0.0.1:${registry.address.port}`, images);
}

async function skopeo(...args: string[]): Promise<string> {
  return (await promisify(execFile)('skopeo', args)).stdout;
}

async function importImage(images: OpenedImages, reference: string, text: string): Promise<void> {
  const files = mkdtempSync(join(root, 'files-'));
  execFileSync('sh', ['-c', `printf '%s' '${text}' > ${files}/hello && tar -cf ${files}.tar -C ${files} hello`]);
  await images.importRootfs(Readable.from([readFileSync(`${files}.tar`)]), { reference });
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
