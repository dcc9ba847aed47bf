/** Images travel between us, Debian's docker-registry, skopeo, podman and the docker CLI; digests survive every hop. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { digestHex, sha256 } from '#base';
import { archiveOf } from '#system/rootfs';
import { missing, TestDaemon } from '../../lib/daemon.ts';
import { ok } from './support/command.ts';
import { DebianRegistry, missingPrograms } from './support/debian-registry.ts';

const DOCKER = process.env.HAKO_TEST_DOCKER ?? 'docker';
const skip = missing() ?? missingPrograms('docker-registry', 'skopeo', DOCKER) ?? false;
const SKOPEO = ['--insecure-policy'];
const PLAIN = ['--src-tls-verify=false', '--dest-tls-verify=false'];

const HAKO = join(import.meta.dirname, '../../../hako');

let daemon: TestDaemon;
let certsDir: string;
let registry: DebianRegistry;

before(async () => {
  if (skip !== false) return;
  daemon = await TestDaemon.start();
  certsDir = join(daemon.folder, 'certs.d');
  writeFileSync(join(daemon.folder, 'hako.yaml'), `certsDirs: [${certsDir}]\n`);
  await daemon.kill('SIGTERM');
  await daemon.up({ HAKO_CONFIG: join(daemon.folder, 'hako.yaml') });
  registry = await DebianRegistry.start(join(daemon.folder, 'registry'));
});

after(async () => {
  if (skip !== false) return;
  await registry[Symbol.asyncDispose]();
  await daemon[Symbol.asyncDispose]();
});

async function docker(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.client(DOCKER, args);
  assert.equal(code, 0, `docker ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

async function hako(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.hako(...args);
  assert.equal(code, 0, `hako ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

test('docker push and docker pull: the image that comes back is the one that left, and it runs', { skip }, async () => {
  const name = `${registry.host}/team/app:1`;
  await docker('tag', 'bb:1', name);
  const pushed = await docker('push', name);
  const digest = await registry.digestOf('team/app', '1');
  assert.ok(digest && pushed.includes(`1: digest: ${digest} size: `), pushed);
  assert.match(await docker('push', name), /Layer already exists/);
  const id = await docker('image', 'inspect', '--format', '{{.Id}}', name);
  await docker('rmi', '-f', 'bb:1', name);
  assert.match(await docker('run', '--rm', name, 'cat', '/data/seed'), /from the image/);
  assert.equal(await docker('image', 'inspect', '--format', '{{.Id}}', name), id);
  assert.deepEqual(JSON.parse(await docker('image', 'inspect', '--format', '{{json .RepoDigests}}', name)), [
    `${registry.host}/team/app@${digest}`,
  ]);
  assert.match(await docker('pull', name), /Status: Image is up to date for/);
  assert.match(await docker('pull', `${registry.host}/team/app@${digest}`), /Digest: sha256/);
  await docker('tag', name, 'bb:1');
});

test('layers are mounted from a repository that has them', { skip }, async () => {
  const name = `${registry.host}/other/app:1`;
  await docker('tag', `${registry.host}/team/app:1`, name);
  assert.match(await docker('push', name), /Mounted from team\/app/);
});

test('skopeo reads what we push, and we pull what skopeo pushes: zstd, docker schema 2, OCI', { skip }, async () => {
  const from = `docker://${registry.host}/team/app:1`;
  const digest = await registry.digestOf('team/app', '1');
  assert.equal(await ok('skopeo', 'inspect', '--tls-verify=false', '--format', '{{.Digest}}', from), digest);
  const plain = `dir:${daemon.folder}/plain`;
  await ok('skopeo', ...SKOPEO, 'copy', ...PLAIN, '--dest-decompress', from, plain);
  const dialects: [tag: string, ...options: string[]][] = [
    ['zstd', '--dest-compress-format', 'zstd', '--format', 'oci'],
    ['schema2', '--format', 'v2s2'],
  ];
  for (const [tag, ...options] of dialects) {
    await ok('skopeo', ...SKOPEO, 'copy', ...PLAIN, ...options, plain, `docker://${registry.host}/sk/app:${tag}`);
    const name = `${registry.host}/sk/app:${tag}`;
    assert.match(await docker('pull', name), /Pull complete|Already exists/);
    assert.equal(await docker('run', '--rm', name, 'echo', tag), tag);
    const own = await registry.digestOf('sk/app', tag);
    const again = `${registry.host}/back/app:${tag}`;
    await docker('tag', name, again);
    await docker('push', again);
    assert.equal(await registry.digestOf('back/app', tag), own, `${tag}: the digest survives`);
  }
});

test('an index goes through layouts, archives and registries with all of its platforms', { skip }, async () => {
  const index = makeIndex(daemon.folder);
  const digest = await hako('image', 'copy', '-q', `oci:${index}:multi`, `docker://${registry.host}/multi:1`);
  assert.equal(await registry.digestOf('multi', '1'), digest);
  await ok(
    'skopeo',
    ...SKOPEO,
    'copy',
    ...PLAIN,
    '--all',
    `docker://${registry.host}/multi:1`,
    `oci-archive:${daemon.folder}/multi.tar:1`,
  );
  const back = await hako(
    'image',
    'copy',
    '-q',
    `oci-archive:${daemon.folder}/multi.tar:1`,
    `docker://${registry.host}/multi:2`,
  );
  assert.equal(back, digest);
  await docker('pull', `${registry.host}/multi:1`);
  assert.equal(await docker('image', 'inspect', '--format', '{{.Architecture}}', `${registry.host}/multi:1`), 'amd64');
  await docker('pull', '--platform', 'linux/arm64', `${registry.host}/multi:1`);
  await docker('tag', `${registry.host}/multi:1`, `${registry.host}/multi:3`);
  await docker('push', `${registry.host}/multi:3`);
  assert.equal(await registry.digestOf('multi', '3'), digest);
  const { stderr } = await daemon.client(DOCKER, ['pull', '--platform', 'linux/s390x', `${registry.host}/multi:1`]);
  assert.match(stderr, /no matching manifest for linux\/s390x/);
  const facts = JSON.parse(await docker('manifest', 'inspect', '--insecure', `${registry.host}/multi:1`));
  assert.equal(facts.manifests.length, 2);
});

test('docker save, load, inspect and rmi mind --platform; image copy takes all that the store has', {
  skip,
}, async () => {
  const name = `${registry.host}/multi:1`;
  for (const platform of ['linux/amd64', 'linux/arm64']) await docker('pull', '-q', '--platform', platform, name);
  const digest = await registry.digestOf('multi', '1');
  assert.equal(await hako('image', 'copy', '-q', `store:${name}`, `docker://${registry.host}/multi:4`), digest);
  const arch = (platform: string) =>
    docker('image', 'inspect', '--platform', platform, '--format', '{{.Architecture}}', name);
  assert.equal(await arch('linux/arm64'), 'arm64');
  const tar = join(daemon.folder, 'arm64.tar');
  await docker('save', '--platform', 'linux/arm64', '-o', tar, name);
  const layout = JSON.parse(await ok('tar', '-xOf', tar, 'index.json'));
  assert.deepEqual(layout.manifests[0].platform, { os: 'linux', architecture: 'arm64' });
  assert.match(await docker('rmi', '--platform', 'linux/arm64', name), /Untagged: .*multi:1/);
  for (const args of [
    ['image', 'inspect', '--platform', 'linux/arm64', name],
    ['save', '--platform', 'linux/arm64', '-o', `${tar}.not`, name],
    ['load', '--platform', 'linux/s390x', '-i', tar],
  ]) {
    const { code, stderr } = await daemon.client(DOCKER, args);
    assert.deepEqual([code, /linux\/(arm64|s390x)/.test(stderr)], [1, true], `${args[0]}: ${stderr}`);
  }
  assert.equal(await docker('load', '--platform', 'linux/arm64', '-i', tar), `Loaded image: ${name}`);
  assert.equal(await arch('linux/arm64'), 'arm64');
});

test('store, archives and registry: hako image copy does them all, and docker load reads what it writes', {
  skip,
}, async () => {
  const archive = join(daemon.folder, 'app.tar');
  await hako('image', 'copy', '-q', 'store:bb:1', `docker-archive:${archive}:moved:1`);
  assert.match(await docker('load', '-i', archive), /Loaded image: moved:1/);
  await hako('image', 'copy', '-q', `docker://${registry.host}/team/app:1`, 'store:fetched:1');
  const idOf = (name: string) => docker('image', 'inspect', '--format', '{{.Id}}', name);
  assert.equal(await idOf('fetched:1'), await idOf('moved:1'));
  await ok('skopeo', ...SKOPEO, 'copy', `docker-archive:${archive}`, `oci:${daemon.folder}/from-archive:1`);
});

test('what is not there is told in docker’s words', { skip }, async () => {
  const { code, stderr } = await daemon.client(DOCKER, ['pull', `${registry.host}/none:1`]);
  assert.equal(code, 1);
  assert.match(stderr, /manifest for .*\/none:1 not found: manifest unknown/);
  const push = await daemon.client(DOCKER, ['push', `${registry.host}/none:1`]);
  assert.match(push.stderr, /An image does not exist locally with the tag/);
});

test('htpasswd over TLS with an authority of its own: hosts.toml, docker login, hako login', { skip }, async () => {
  const folder = join(daemon.folder, 'tls');
  mkdirSync(folder);
  const tls = makeCertificate(folder);
  // bcrypt of "secret", the only kind of password file that docker-registry takes.
  writeFileSync(join(folder, 'htpasswd'), 'anna:$2b$04$VoZfF55sTC/s.qpNZA/YL.1hxq4peFQdusbbhrcfUQZTM8KXz.B.6\n');
  const config = `auth: {htpasswd: {realm: test, path: ${folder}/htpasswd}}`;
  await using secure = await DebianRegistry.start(join(folder, 'registry'), { tls, config });
  const hosts = join(certsDir, secure.host.replace(/:(\d+)$/, '_$1_'));
  mkdirSync(hosts, { recursive: true });
  const name = `${secure.host}/private/app:1`;
  await docker('tag', 'bb:1', name);

  writeFileSync(join(hosts, 'hosts.toml'), `server = "https://${secure.host}"\n`);
  const untrusted = await daemon.client(DOCKER, ['push', name]);
  assert.match(untrusted.stderr, /certificate/);

  writeFileSync(join(hosts, 'hosts.toml'), `server = "https://${secure.host}"\nca = "${tls.certificate}"\n`);
  const anonymous = await daemon.client(DOCKER, ['push', name]);
  assert.match(anonymous.stderr, /unauthorized: authentication required/);
  const wrong = await daemon.client(DOCKER, ['login', '-u', 'anna', '--password-stdin', secure.host], 'wrong');
  assert.match(wrong.stderr, /does not take this user name/);
  const login = await daemon.client(DOCKER, ['login', '-u', 'anna', '--password-stdin', secure.host], 'secret');
  assert.match(login.stdout, /Login Succeeded/);
  await docker('push', name);
  await docker('rmi', name);
  await hako('pull', name);
  await docker('logout', secure.host);
  const denied = await daemon.client(DOCKER, ['pull', name]);
  assert.match(denied.stderr, /pull access denied for .*docker login/);
  const own = await daemon.client(HAKO, ['login', '-u', 'anna', '--password-stdin', secure.host], 'secret');
  assert.match(own.stdout, /Login Succeeded/);
  await docker('pull', name);
  await hako('logout', secure.host);
});

function makeCertificate(folder: string): { certificate: string; key: string } {
  const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, ...files], { stdio: 'ignore' });
  return { certificate, key };
}

/** A layout with one index of two platforms, called `multi`; answers its folder. */
function makeIndex(folder: string): string {
  const path = join(folder, 'multi');
  mkdirSync(join(path, 'blobs/sha256'), { recursive: true });
  const put = (bytes: Buffer | string, mediaType: string, more: object = {}) => {
    const digest = sha256(bytes);
    writeFileSync(join(path, 'blobs/sha256', digestHex(digest)), bytes);
    return { mediaType, digest, size: Buffer.byteLength(bytes), ...more };
  };
  const kind = 'application/vnd.oci.image';
  const manifests = ['amd64', 'arm64'].map((architecture) => {
    const tar = archiveOf({ name: 'architecture', body: architecture });
    const layer = put(gzipSync(tar), `${kind}.layer.v1.tar+gzip`);
    const rootfs = { type: 'layers', diff_ids: [sha256(tar)] };
    const config = put(JSON.stringify({ os: 'linux', architecture, config: {}, rootfs }), `${kind}.config.v1+json`);
    const manifest = { schemaVersion: 2, mediaType: `${kind}.manifest.v1+json`, config, layers: [layer] };
    return put(JSON.stringify(manifest), manifest.mediaType, { platform: { os: 'linux', architecture } });
  });
  const index = { schemaVersion: 2, mediaType: `${kind}.index.v1+json`, manifests };
  const annotations = { 'org.opencontainers.image.ref.name': 'multi' };
  const top = put(JSON.stringify(index), index.mediaType, { annotations });
  writeFileSync(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [top] }));
  writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return path;
}
