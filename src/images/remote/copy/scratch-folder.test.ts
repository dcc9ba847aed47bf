import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { sha256 } from '#base';
import { attachArtifact } from '../artifacts/attach.ts';
import { FakeRegistry } from '../testing/fake-registry.ts';
import { copyImage } from './copy.ts';

const HAKO = join(import.meta.dirname, '../../../../hako');
const folder = mkdtempSync(join(tmpdir(), 'hako-scratch-'));
after(() => rmSync(folder, { recursive: true }));
const options = { credentialsFor: async () => undefined, settings: { certsDirs: [] } };

/** Runs `hako`, whose temporary files are in `temporary`, and kills it when `isStuck` says so. */
async function runAndKill(args: readonly string[], temporary: string, isStuck: Promise<void>): Promise<void> {
  const child = spawn(HAKO, args, { stdio: 'ignore', env: { ...process.env, TMPDIR: temporary } });
  const ended = once(child, 'exit');
  await isStuck;
  child.kill('SIGKILL');
  await ended;
}

const run = (args: readonly string[], temporary: string) =>
  promisify(execFile)(HAKO, [...args], { env: { ...process.env, TMPDIR: temporary } });

test('what a killed artifact fetch has left is removed by the next one', async () => {
  await using registry = await FakeRegistry.start();
  registry.addImage('app:1', [Buffer.from('x')]);
  const name = `${registry.host}/app:1`;
  const body = randomBytes(2_000_000);
  const path = join(folder, 'sbom');
  writeFileSync(path, body);
  await attachArtifact(name, [{ path }], { ...options, artifactType: 'a/b' });
  const stuck = Promise.withResolvers<void>();
  registry.intercept = (request, response) => {
    if (!request.url?.endsWith(sha256(body))) return false;
    response.writeHead(200, { 'Content-Length': body.length });
    response.write(body.subarray(0, 1_000_000), () => stuck.resolve());
    return true;
  };
  const out = join(folder, 'out');
  const fetch = ['artifact', 'fetch', '--output', out, name];
  await runAndKill(fetch, folder, stuck.promise);
  assert.equal(readdirSync(out).length, 1);
  registry.intercept = () => false;
  await run(fetch, folder);
  assert.deepEqual(readdirSync(out), ['sbom']);
});

test('what a killed save to a file has left beside it is removed by the next one', async () => {
  const stuck = Promise.withResolvers<void>();
  let isWhole = false;
  await using daemon = createServer((_request, response) => {
    if (isWhole) response.end('whole');
    else response.write(randomBytes(1_000_000), () => stuck.resolve());
  });
  const socket = join(folder, 'save.sock');
  await once(daemon.listen(socket), 'listening');
  const place = mkdtempSync(join(folder, 'save-'));
  const save = ['--host', `unix://${socket}`, 'save', '-o', join(place, 'app.tar'), 'app:1'];
  await runAndKill(save, folder, untilAny(place, stuck.promise));
  assert.equal(readdirSync(place).length, 1);
  isWhole = true;
  await run(save, folder);
  assert.deepEqual(readdirSync(place), ['app.tar']);
});

/** Bytes were sent, and what is to hold them is there. */
async function untilAny(place: string, sent: Promise<void>): Promise<void> {
  await sent;
  while (readdirSync(place).length === 0) await new Promise(setImmediate);
}

test('what a killed copy from the store has left in the folder of temporary files is removed by the next one', async () => {
  await using registry = await FakeRegistry.start();
  registry.addImage('app:1', [randomBytes(2_000_000)]);
  const archive = join(folder, 'save.tar');
  await copyImage(`docker://${registry.host}/app:1`, `docker-archive:${archive}:app:1`, options);
  const stuck = Promise.withResolvers<void>();
  let isWhole = false;
  await using daemon = createServer((_request, response) => {
    if (isWhole) response.end(readFileSync(archive));
    else response.write(randomBytes(1_000_000), () => stuck.resolve());
  });
  const socket = join(folder, 'docker.sock');
  await once(daemon.listen(socket), 'listening');
  const temporary = mkdtempSync(join(folder, 'tmp-'));
  const copy = ['--host', `unix://${socket}`, 'image', 'copy', '-q', 'store:app:1', `oci:${folder}/layout:1`];
  await runAndKill(copy, temporary, stuck.promise);
  assert.equal(readdirSync(temporary).length, 1);
  isWhole = true;
  await run(copy, temporary);
  assert.deepEqual(readdirSync(temporary), []);
});

test('where even its maker may not look into a new folder that is said, and none is left', () => {
  const parent = join(folder, 'closed');
  mkdirSync(parent);
  chmodSync(folder, 0o755);
  chmodSync(parent, 0o777);
  const program = `
    const { ScratchFolder } = await import(${JSON.stringify(import.meta.resolve('./scratch-folder.ts'))});
    process.umask(0o777);
    if (process.getuid() === 0) process.setuid(65534);
    new ScratchFolder(${JSON.stringify(parent)});`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    // The flags and the context of our test runner would make a test of the program.
    env: {},
    encoding: 'utf8',
    timeout: 10_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(status, 1, stderr);
  assert.equal(readdirSync(parent).length, 0);
  assert.match(stderr, /cannot look into \S+\.hako-copy-\w+, which was made now: .*umask/);
});
