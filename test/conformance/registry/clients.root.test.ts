/** podman, buildah, skopeo and docker at `hako registry serve`, straight and through its cache; digests survive every hop. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { describe as descriptorOf, EMPTY_JSON } from '../../../src/registry/testing/client.ts';
import { ok } from './support/command.ts';
import { missingPrograms } from './support/debian-registry.ts';
import { Dockerd } from './support/dockerd.ts';
import { PodmanStore } from './support/podman.ts';
import { ServedRegistry } from './support/served-registry.ts';

const HAKO = join(import.meta.dirname, '../../../hako');
const DOCKER = process.env.HAKO_TEST_DOCKER ?? 'docker';
const skip = missingPrograms('podman', 'buildah', 'skopeo') ?? false;
const skipDocker = skip || (missingPrograms('dockerd', DOCKER) ?? false);
const PLAIN = '--tls-verify=false';
const COPY = ['copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false', '--preserve-digests'];

const KEPT_OUT = /denied|unauthorized|authentication required/;

const root = mkdtempSync(join(tmpdir(), 'hako-clients-'));
after(() => rmSync(root, { recursive: true, force: true }));

let registry: ServedRegistry;
let store: PodmanStore;

before(async () => {
  if (skip !== false) return;
  registry = await ServedRegistry.start(join(root, 'registry'));
  store = new PodmanStore(join(root, 'store'));
  for (const arch of ['amd64', 'arm64']) await build(arch);
});

after(() => registry?.[Symbol.asyncDispose]());

/** An image with a file that says for which architecture it is, as `made:ARCH`. */
async function build(arch: string): Promise<void> {
  const file = join(root, arch);
  writeFileSync(file, `made for ${arch}`);
  const container = await store.buildah('from', 'scratch');
  await store.buildah('copy', '-q', container, file, '/arch');
  await store.buildah('config', '--arch', arch, '--os', 'linux', container);
  await store.buildah('commit', '-q', '--rm', container, `made:${arch}`);
}

/** What the file of `build` says in an image of the store. */
async function readArch(store: PodmanStore, ...reference: string[]): Promise<string> {
  const container = await store.buildah('from', PLAIN, '--pull-never', ...reference);
  try {
    return readFileSync(join(await store.buildah('mount', container), 'arch'), 'utf8');
  } finally {
    await store.buildah('rm', container);
  }
}

async function digestAt(reference: string): Promise<string> {
  return await store.skopeo('inspect', PLAIN, '--format', '{{.Digest}}', `docker://${reference}`);
}

describe('podman, buildah and skopeo', { skip }, () => {
  test('buildah pushes, podman pulls and pushes on: the digest stays', async () => {
    const name = `${registry.host}/team/app:1`;
    const digestFile = join(root, 'digest');
    await store.buildah('push', '-q', PLAIN, '--digestfile', digestFile, 'made:amd64', `docker://${name}`);
    const digest = readFileSync(digestFile, 'utf8').trim();
    assert.deepEqual([await registry.digestOf('team/app', '1'), await digestAt(name)], [digest, digest]);
    const other = new PodmanStore(join(root, 'other'));
    await other.podman('pull', '-q', PLAIN, name);
    assert.equal(await other.podman('image', 'inspect', '--format', '{{.Digest}}', name), digest);
    assert.equal(await readArch(other, name), 'made for amd64');
    await other.podman('push', '-q', PLAIN, name, `${registry.host}/team/again:2`);
    assert.equal(await registry.digestOf('team/again', '2'), digest);
  });

  test('a whole index and a sparse one: podman manifest push with and without --all', async () => {
    await store.podman('manifest', 'create', 'both:1');
    for (const arch of ['amd64', 'arm64'])
      await store.podman('manifest', 'add', 'both:1', `containers-storage:localhost/made:${arch}`);
    await store.podman('manifest', 'push', '-q', PLAIN, '--all=false', 'both:1', `docker://${registry.host}/sparse:1`);
    await store.podman('manifest', 'push', '-q', PLAIN, '--all', 'both:1', `docker://${registry.host}/both:1`);
    assert.notEqual(await registry.digestOf('sparse', '1'), null);
    const index = ['--multi-arch', 'index-only'];
    await store.skopeo(...COPY, ...index, `docker://${registry.host}/both:1`, `docker://${registry.host}/sparse:2`);
    assert.equal(await registry.digestOf('sparse', '2'), await registry.digestOf('both', '1'));
    const other = new PodmanStore(join(root, 'platforms'));
    for (const arch of ['amd64', 'arm64']) {
      await other.podman('pull', '-q', PLAIN, '--arch', arch, `${registry.host}/both:1`);
      assert.equal(await readArch(other, `${registry.host}/both:1`), `made for ${arch}`);
    }
    await assert.rejects(other.podman('pull', '-q', PLAIN, `${registry.host}/sparse:1`), /manifest unknown/);
  });

  test('skopeo copies indexes with all of their platforms from place to place, lists tags, and deletes', async () => {
    const digest = await registry.digestOf('both', '1');
    const at = (name: string) => `docker://${registry.host}/${name}`;
    const places = [at('both:1'), `oci:${root}/layout:x`, at('copied:1'), `dir:${root}/dir`, at('copied/again:1')];
    for (const [index, place] of places.slice(1).entries())
      await store.skopeo(...COPY, '--all', places[index] ?? '', place);
    assert.equal(await registry.digestOf('copied/again', '1'), digest);
    const { Tags } = JSON.parse(await store.skopeo('list-tags', PLAIN, at('copied'))) as { Tags: string[] };
    assert.deepEqual(Tags, ['1']);
    await store.skopeo('delete', PLAIN, at('copied:1'));
    assert.equal(await registry.digestOf('copied', '1'), null);
    assert.equal(await registry.digestOf('copied/again', '1'), digest, 'that is another repository');
  });

  test('hako image copy reads what they pushed, and they read what it writes', async () => {
    const digest = await registry.digestOf('both', '1');
    const layout = join(root, 'by-hako');
    const [from, to] = [`docker://${registry.host}/both:1`, `docker://${registry.host}/by/hako:1`];
    assert.equal(await ok(HAKO, 'image', 'copy', '-q', from, `oci:${layout}:x`), digest);
    assert.equal(await ok(HAKO, 'image', 'copy', '-q', `oci:${layout}:x`, to), digest);
    const other = new PodmanStore(join(root, 'after-hako'));
    await other.podman('pull', '-q', PLAIN, '--arch', 'arm64', `${registry.host}/by/hako:1`);
    assert.equal(await readArch(other, `${registry.host}/by/hako:1`), 'made for arm64');
  });

  test('layers of zstd come back as what they were', async () => {
    const plain = `dir:${root}/plain`;
    await store.skopeo(
      'copy',
      '-q',
      '--src-tls-verify=false',
      '--dest-decompress',
      `docker://${registry.host}/team/app:1`,
      plain,
    );
    // Another registry: at the same one clients take the gzip layer that they know to be there.
    await using fresh = await ServedRegistry.start(join(root, 'fresh'));
    const zstd = ['--dest-tls-verify=false', '--dest-compress-format', 'zstd', '--format', 'oci'];
    await store.skopeo('copy', '-q', ...zstd, plain, `docker://${fresh.host}/zstd:1`);
    const { body } = await fresh.client.send('GET', '/v2/zstd/manifests/1');
    assert.match(body.toString(), /vnd\.oci\.image\.layer\.v1\.tar\+zstd/);
    const other = new PodmanStore(join(root, 'zstd'));
    await other.podman('pull', '-q', PLAIN, `${fresh.host}/zstd:1`);
    assert.equal(await readArch(other, `${fresh.host}/zstd:1`), 'made for amd64');
    await store.skopeo(...COPY, `docker://${fresh.host}/zstd:1`, `docker://${registry.host}/zstd:1`);
    assert.equal(await registry.digestOf('zstd', '1'), await fresh.digestOf('zstd', '1'));
  });

  test('an artifact with a subject travels with skopeo, and is listed where it arrives', async () => {
    const subject = await registry.client.pushImage('signed', 'v1');
    const empty = descriptorOf(Buffer.from('{}'), EMPTY_JSON);
    const { digest } = await registry.client.pushImage('signed', 'sbom', {
      layer: Buffer.from('{}'),
      config: empty,
      layers: [empty],
      artifactType: 'application/spdx+json',
      subject: subject.descriptor,
    });
    const copied = `docker://${registry.host}/mirror/signed`;
    await store.skopeo(...COPY, `docker://${registry.host}/signed:v1`, `${copied}:v1`);
    await store.skopeo(...COPY, `docker://${registry.host}/signed:sbom`, `oci:${root}/sbom:x`);
    await store.skopeo(...COPY, `oci:${root}/sbom:x`, `${copied}:sbom`);
    const { body } = await registry.client.send('GET', `/v2/mirror/signed/referrers/${subject.digest}`);
    const { manifests } = JSON.parse(body.toString()) as { manifests: { digest: string; artifactType: string }[] };
    assert.deepEqual(
      manifests.map(({ digest, artifactType }) => [digest, artifactType]),
      [[digest, 'application/spdx+json']],
    );
  });

  test('TLS, users and tokens: podman and skopeo sign in, and are kept out otherwise', async () => {
    const { certificate, key } = makeCertificate(join(root, 'certs'));
    const htpasswd = join(root, 'htpasswd');
    // bcrypt of "secret".
    writeFileSync(htpasswd, 'anna:$2b$04$VoZfF55sTC/s.qpNZA/YL.1hxq4peFQdusbbhrcfUQZTM8KXz.B.6\n');
    const tls = ['--tls-cert', certificate, '--tls-key', key];
    await using secure = await ServedRegistry.start(join(root, 'secure'), ...tls, '--htpasswd', htpasswd, '--tokens');
    const other = new PodmanStore(join(root, 'secure-store'));
    const certs = ['--cert-dir', join(root, 'certs')];
    const name = `${secure.host}/private:1`;
    await store.podman('save', '-q', '--format', 'oci-archive', '-o', join(root, 'made.tar'), 'made:amd64');
    await other.podman('load', '-q', '-i', join(root, 'made.tar'));
    await assert.rejects(other.podman('push', '-q', ...certs, 'made:amd64', name), KEPT_OUT);
    await assert.rejects(other.podman('login', ...certs, '-u', 'anna', '-p', 'wrong', secure.host));
    await other.podman('login', ...certs, '-u', 'anna', '-p', 'secret', secure.host);
    await other.podman('push', '-q', ...certs, 'made:amd64', name);
    await other.podman('pull', '-q', ...certs, name);
    assert.match(await other.skopeo('inspect', ...certs, `docker://${name}`), /"Digest": "sha256:/);
    await other.podman('logout', secure.host);
    await assert.rejects(other.skopeo('inspect', ...certs, `docker://${name}`), KEPT_OUT);
  });

  test('through the cache: podman finds it as a mirror, and has the image when the registry is away', async () => {
    await using upstream = await ServedRegistry.start(join(root, 'upstream'));
    await store.podman('push', '-q', PLAIN, 'made:amd64', `${upstream.host}/far/app:1`);
    const digest = await upstream.digestOf('far/app', '1');
    await using cache = await ServedRegistry.start(join(root, 'cache'), '--proxy', `http://${upstream.host}`);
    const mirror = `[[registry]]\nlocation = "${upstream.host}"\n[[registry.mirror]]\nlocation = "${cache.host}"\ninsecure = true\n`;
    await new PodmanStore(join(root, 'first'), mirror).podman('pull', '-q', `${upstream.host}/far/app:1`);
    assert.equal(await digestAt(`${cache.host}/far/app:1`), digest);
    await assert.rejects(store.podman('push', '-q', PLAIN, 'made:arm64', `${cache.host}/far/app:2`), /cache of|405/);
    await upstream[Symbol.asyncDispose]();
    const later = new PodmanStore(join(root, 'later'), mirror);
    await later.podman('pull', '-q', `${upstream.host}/far/app:1`);
    assert.equal(await readArch(later, `${upstream.host}/far/app:1`), 'made for amd64');
  });
});

describe('docker', { skip: skipDocker }, () => {
  test('pushes, pulls by tag and digest, mounts, reads an index, and signs in', async () => {
    const archive = join(root, 'docker.tar');
    await store.podman('save', '-q', '--format', 'docker-archive', '-o', archive, 'made:amd64');
    await using docker = await Dockerd.start(join(root, 'dockerd'), DOCKER);
    await docker.run('load', '-q', '-i', archive);
    const name = `${registry.host}/docker/app:1`;
    await docker.run('tag', 'localhost/made:amd64', name);
    assert.match(await docker.run('push', name), /: Pushed/);
    const digest = await registry.digestOf('docker/app', '1');
    assert.equal(await digestAt(name), digest);
    const id = await docker.run('image', 'inspect', '--format', '{{.Id}}', name);
    await docker.run('rmi', name, 'localhost/made:amd64');
    await docker.run('pull', '-q', `${registry.host}/docker/app@${digest}`);
    await docker.run('pull', '-q', name);
    assert.equal(await docker.run('image', 'inspect', '--format', '{{.Id}}', name), id);
    await docker.run('tag', name, `${registry.host}/docker/other:1`);
    assert.match(await docker.run('push', `${registry.host}/docker/other:1`), /Mounted from docker\/app/);
    assert.equal(await registry.digestOf('docker/other', '1'), digest);
    await docker.run('pull', '-q', `${registry.host}/both:1`);
    const list = JSON.parse(await docker.run('manifest', 'inspect', '--insecure', `${registry.host}/both:1`));
    assert.equal(list.manifests.length, 2);
    await assert.rejects(docker.run('pull', `${registry.host}/docker/none:1`), /manifest unknown|not found/);
  });

  test('has a cache as its mirror of Docker Hub’s names', async () => {
    await using hub = await ServedRegistry.start(join(root, 'hub'));
    await store.podman('push', '-q', PLAIN, '--format', 'v2s2', 'made:amd64', `${hub.host}/library/made-up:1`);
    await using cache = await ServedRegistry.start(join(root, 'hub-cache'), '--proxy', `http://${hub.host}`);
    await using docker = await Dockerd.start(
      join(root, 'mirrored'),
      DOCKER,
      '--registry-mirror',
      `http://${cache.host}`,
    );
    await docker.run('pull', '-q', 'made-up:1');
    const digests = await docker.run('image', 'inspect', '--format', '{{json .RepoDigests}}', 'made-up:1');
    assert.deepEqual(JSON.parse(digests), [`made-up@${await hub.digestOf('library/made-up', '1')}`]);
  });
});

/** A folder with ca.crt, as clients have one for a registry, and the key beside it. */
function makeCertificate(folder: string): { certificate: string; key: string } {
  mkdirSync(folder);
  const [certificate, key] = [join(folder, 'ca.crt'), join(root, 'tls-key.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return { certificate, key };
}
