import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { missing, type Result, startDaemon, type TestDaemon } from './support/daemon.ts';

const COMMAND = process.env.HAKO_TEST_COMPOSE ?? 'docker-compose';
const skip =
  missing() ??
  (spawnSync(COMMAND, ['version']).status === 0 ? undefined : 'needs compose (HAKO_TEST_COMPOSE names it)');

const PROJECT = `
services:
  web:
    image: bb:1
    command: [httpd, -f, -h, /data]
    ports: ["127.0.0.1::80"]
    stop_grace_period: 0s
    depends_on: { db: { condition: service_healthy } }
    networks: { front: { aliases: [www] } }
  db:
    image: bb:1
    command: [sh, -c, "touch /ready; sleep 1000"]
    healthcheck: { test: [CMD-SHELL, "test -e /ready"], interval: 300ms, retries: 20 }
    volumes: ["rows:/rows"]
    networks: [front]
    deploy: { resources: { limits: { memory: 64m, cpus: "0.5" } } }
networks: { front: {} }
volumes: { rows: {} }
`;

let daemon: TestDaemon;
before(async () => {
  if (skip !== undefined) return;
  daemon = await startDaemon();
  writeFileSync(`${daemon.folder}/compose.yaml`, PROJECT);
});
after(async () => daemon?.[Symbol.asyncDispose]());

async function compose(...args: string[]): Promise<Result> {
  const result = await daemon.run(COMMAND, ['-f', `${daemon.folder}/compose.yaml`, '-p', 'sea', ...args]);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stderr}`);
  return result;
}

test('compose brings a project up, changes its scale, restarts it and takes it down', { skip }, async () => {
  await compose('up', '-d');
  const states = (await compose('ps', '--format', '{{.Service}} {{.State}} {{.Health}}')).stdout
    .trim()
    .split('\n')
    .sort();
  assert.deepEqual(states, ['db running healthy', 'web running']);
  assert.equal((await compose('exec', '-T', 'db', 'wget', '-qO-', 'http://www/seed')).stdout, 'from the image\n');
  const address = (await compose('port', 'web', '80')).stdout.trim();
  assert.equal(await (await fetch(`http://${address}/seed`)).text(), 'from the image\n');
  await compose('up', '-d', '--scale', 'web=3');
  assert.equal((await compose('ps', '-q', 'web')).stdout.trim().split('\n').length, 3);
  const before = (await compose('ps', '-q', 'db')).stdout;
  await compose('up', '-d');
  assert.equal((await compose('ps', '-q', 'db')).stdout, before);
  await compose('restart', '-t', '0', 'db');
  await compose('down', '-v', '-t', '0');
  assert.equal(await daemon.ok('ps', '-aq'), '');
  assert.equal(await daemon.ok('volume', 'ls', '-q'), '');
  assert.equal(await daemon.ok('network', 'ls', '-q', '--filter', 'type=custom'), '');
});

test('compose run passes output and the exit code on', { skip }, async () => {
  const args = ['-f', `${daemon.folder}/compose.yaml`, '-p', 'sea', 'run', '--rm', '-T', '--no-deps', 'db'];
  const { code, stdout } = await daemon.run(COMMAND, [...args, 'sh', '-c', 'echo out; exit 6']);
  assert.deepEqual([code, stdout], [6, 'out\n']);
  await compose('down', '-v', '-t', '0');
});
