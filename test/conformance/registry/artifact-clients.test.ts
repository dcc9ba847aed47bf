/** oras, crane, cosign and notation at `hako registry serve`: artifacts and what refers to them, pushed by one and read by the other. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ServedRegistry } from './support/served-registry.ts';

const HAKO = join(import.meta.dirname, '../../../hako');
const SBOM = 'application/spdx+json';
const PROGRAMS = {
  oras: process.env.HAKO_TEST_ORAS ?? 'oras',
  crane: process.env.HAKO_TEST_CRANE ?? 'crane',
  cosign: process.env.HAKO_TEST_COSIGN ?? 'cosign',
  notation: process.env.HAKO_TEST_NOTATION ?? 'notation',
};

/** Why a test with these cannot run here. Debian 14 has packages of all four. */
function lacks(...names: (keyof typeof PROGRAMS)[]): string | false {
  const absent = names.find((name) => spawnSync(PROGRAMS[name], ['version']).error !== undefined);
  return absent === undefined ? false : `needs ${absent} (HAKO_TEST_${absent.toUpperCase()} names it)`;
}

const folder = mkdtempSync(join(tmpdir(), 'hako-artifact-clients-'));
let registry: ServedRegistry;
before(async () => {
  mkdirSync(join(folder, 'rootfs'));
  writeFileSync(join(folder, 'rootfs/data'), 'x'.repeat(100_000));
  execFileSync('tar', ['-C', join(folder, 'rootfs'), '-cf', join(folder, 'layer.tar'), '.']);
  registry = await ServedRegistry.start(join(folder, 'registry'));
});
after(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

async function run(program: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), COSIGN_PASSWORD: '' };
  const { stdout } = await promisify(execFile)(program, args, { cwd: folder, env });
  return stdout.trim();
}
const oras = (verb: string, ...args: string[]) => run(PROGRAMS.oras, ...verb.split(' '), '--plain-http', ...args);
const crane = (verb: string, ...args: string[]) => run(PROGRAMS.crane, ...verb.split(' '), '--insecure', ...args);
const hako = (...args: string[]) => run(HAKO, ...args);

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

interface Discovered {
  digest: string;
  referrers: { digest: string; artifactType: string }[];
}

/** What refers to an image as oras sees it, as `type digest`. */
async function discovered(verb: string[], ...place: string[]): Promise<string[]> {
  const text = await run(PROGRAMS.oras, 'discover', '--format', 'json', ...verb, ...place);
  return (JSON.parse(text) as Discovered).referrers
    .map(({ digest, artifactType }) => `${artifactType} ${digest}`)
    .sort();
}

async function listed(name: string): Promise<string[]> {
  const text = await hako('artifact', 'ls', '--format', '{{.ArtifactType}} {{.Digest}}', name);
  return text.split('\n').sort();
}

test('oras pushes, attaches, discovers, pulls and copies, and so do we with what it made', {
  skip: lacks('oras'),
}, async () => {
  const name = `${registry.host}/art:1`;
  await oras('push', name, '--artifact-type', 'application/x-note', `${file('note.txt', 'hello')}:text/plain`);
  await oras('attach', '--artifact-type', SBOM, name, `${file('theirs.json', '{"by":"oras"}')}:${SBOM}`);
  await hako(
    'artifact',
    'attach',
    '--artifact-type',
    SBOM,
    name,
    `${join(folder, file('ours.json', '{"by":"hako"}'))}:${SBOM}`,
  );
  const all = await discovered(['--plain-http'], name);
  assert.equal(all.length, 2);
  assert.deepEqual(await listed(name), all);

  await hako('artifact', 'fetch', '-o', join(folder, 'fetched'), name);
  assert.equal(readFileSync(join(folder, 'fetched/theirs.json'), 'utf8'), '{"by":"oras"}');
  await oras('pull', '-o', join(folder, 'pulled'), `${registry.host}/art@${all.map((each) => each.split(' ')[1])[0]}`);
  await oras('pull', '-o', join(folder, 'pulled'), name);
  assert.equal(readFileSync(join(folder, 'pulled/note.txt'), 'utf8'), 'hello');

  await run(PROGRAMS.oras, 'cp', '-r', '--from-plain-http', '--to-oci-layout', name, 'layout:1');
  await hako('image', 'copy', '--referrers', `oci:${join(folder, 'layout')}:1`, `docker://${registry.host}/back:1`);
  assert.deepEqual(await discovered(['--plain-http'], `${registry.host}/back:1`), all);
  await hako('image', 'copy', '--referrers', `docker://${name}`, `oci:${join(folder, 'ours')}:1`);
  assert.deepEqual(await discovered(['--oci-layout'], 'ours:1'), all);
  await run(PROGRAMS.oras, 'cp', '-r', '--from-plain-http', '--to-plain-http', name, `${registry.host}/far/art:2`);
  assert.deepEqual(await listed(`${registry.host}/far/art:2`), all);
});

test('oras lists, tags, reads and deletes', { skip: lacks('oras') }, async () => {
  const name = `${registry.host}/many:1`;
  await oras('push', name, `${file('one.txt', 'one')}:text/plain`);
  await oras('tag', name, '2', '3');
  assert.deepEqual((await oras('repo tags', `${registry.host}/many`)).split('\n'), ['1', '2', '3']);
  assert.match(await oras('repo ls', registry.host), /^many$/m);
  const digest = await oras('resolve', name);
  assert.equal(digest, await registry.digestOf('many', '3'));
  await oras('manifest index create', `${registry.host}/many:index`, '1');
  assert.match(await oras('manifest fetch', `${registry.host}/many:index`), new RegExp(digest));
  await oras('manifest delete', '-f', `${registry.host}/many@${digest}`);
  assert.equal(await registry.digestOf('many', '1'), null);
});

test('crane appends, mutates, copies, pulls and validates; digests are those that we see', {
  skip: lacks('crane'),
}, async () => {
  const name = `${registry.host}/crane:1`;
  await crane('append', '-f', 'layer.tar', '-t', name);
  const digest = await crane('digest', name);
  assert.equal(await registry.digestOf('crane', '1'), digest);
  await crane('mutate', name, '--label', 'a=b', '--set-platform', 'linux/arm64', '-t', `${registry.host}/crane:arm64`);
  await crane('index append', '-m', name, '-m', `${registry.host}/crane:arm64`, '-t', `${registry.host}/crane:index`);
  assert.match(await crane('validate', '--remote', `${registry.host}/crane:index`), /^PASS/);
  await crane('copy', '-a', `${registry.host}/crane`, `${registry.host}/copied`);
  assert.deepEqual((await crane('ls', `${registry.host}/copied`)).split('\n').sort(), ['1', 'arm64', 'index']);
  await crane('pull', name, 'crane.tar');
  await crane('pull', '--format', 'oci', name, 'crane-layout');
  await crane('push', 'crane.tar', `${registry.host}/pushed:1`);
  assert.equal(await registry.digestOf('pushed', '1'), digest);
  const layout = `oci:${join(folder, 'crane-layout')}`;
  assert.equal(await hako('image', 'copy', '-q', layout, `docker://${registry.host}/pushed:2`), digest);
  await hako(
    'image',
    'copy',
    '-q',
    `docker-archive:${join(folder, 'crane.tar')}`,
    `docker://${registry.host}/pushed:3`,
  );
  assert.match(await crane('validate', '--remote', `${registry.host}/pushed:3`), /^PASS/);
  await hako('image', 'copy', '-q', `docker://${name}`, `docker-archive:${join(folder, 'ours.tar')}:ours:1`);
  await crane('push', 'ours.tar', `${registry.host}/pushed:4`);
  assert.equal(await registry.digestOf('pushed', '4'), digest);
});

test('cosign and notation sign; the signatures are found and go along', {
  skip: lacks('crane', 'cosign', 'notation'),
}, async () => {
  await crane('append', '-f', 'layer.tar', '-t', `${registry.host}/signed:1`);
  const name = `${registry.host}/signed@${await crane('digest', `${registry.host}/signed:1`)}`;
  const plain = ['--allow-http-registry', '--allow-insecure-registry'];
  await run(PROGRAMS.cosign, 'generate-key-pair');
  // Without a log of signatures: there is none within reach.
  const config =
    '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json","rekorTlogConfig":{},"tsaConfig":{}}';
  const sign = ['--yes', '--key', 'cosign.key', '--signing-config', file('signing.json', config)];
  await run(PROGRAMS.cosign, 'sign', ...sign, ...plain, name);
  await run(PROGRAMS.notation, 'cert', 'generate-test', '--default', 'test.example');
  await run(PROGRAMS.notation, 'sign', '--insecure-registry', '--force-referrers-tag=false', name);
  const types = (await listed(name)).map((line) => line.split(' ')[0]);
  assert.deepEqual(types, ['application/vnd.cncf.notary.signature', 'application/vnd.dev.sigstore.bundle.v0.3+json']);
  await hako(
    'image',
    'copy',
    '--referrers',
    `docker://${registry.host}/signed:1`,
    `docker://${registry.host}/far/signed:1`,
  );
  const copy = name.replace('/signed@', '/far/signed@');
  assert.match(await run(PROGRAMS.notation, 'ls', '--insecure-registry', copy), /notary\.signature/);
  const verify = ['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', '--private-infrastructure'];
  assert.match(await run(PROGRAMS.cosign, ...verify, ...plain, copy), /docker-manifest-digest/);
});
