import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HakoError } from '#base';
import { packageDir } from '../version.ts';
import { demoEnvironment, guestbookDir, hako, step, waitForLog } from './stage.ts';

const IMAGE = 'guestbook-base:bookworm';
const PACKAGES = 'redis-server,libstdc++6,libatomic1';

/** From an empty machine to an application that outlives its daemon. Safe to run twice in a row. */
export async function runDemo(): Promise<void> {
  const startMs = performance.now();
  await step('daemon up', () => hako(['up', '--only', 'engine'], { show: true }));
  await step('clear what an earlier run left', clear);
  await step('a base image without a registry: Debian with Redis, straight from the mirror', baseImage);
  await step('a network and a volume', async () => {
    await hako(['network', 'create', 'guestbook']);
    await hako(['volume', 'create', 'guestbook-data']);
  });
  await step('store: Redis, 128 MiB, data on the volume', startStore);
  const url = await step('web: TypeScript on Node, 256 MiB, half a CPU, read-only, one published port', startWeb);
  await step(`write an entry: POST ${url}`, () => request(url, { method: 'POST', body: 'name=Noah&text=Land+ahead!' }));
  await step('kill the daemon with SIGKILL', killDaemon);
  await step('the daemon is dead, the application answers', () => expectEntry(url));
  await step('daemon up again', () => hako(['up', '--only', 'engine']));
  await step('still in charge', () => hako(['ps']));
  await step('restart the store: the entry is on the volume', restartStore);
  await step('ask once more', () => expectEntry(url));
  process.stdout.write(`\nDone in ${((performance.now() - startMs) / 1000).toFixed(1)} s. It runs on: ${url}\n`);
  const self = process.cwd() === packageDir ? './hako' : 'hako';
  process.stdout.write(
    `Look around:  HAKO_RUN=${demoEnvironment.HAKO_RUN} ${self} ps\nRemove it all: ${self} demo --down\n`,
  );
}

async function clear(): Promise<void> {
  const running = await hako(['ps', '-aq', '--filter', 'label=hako.demo']);
  if (running !== '') await hako(['rm', '-f', ...running.split('\n')]);
  const networks = await hako(['network', 'ls', '-q', '--filter', 'name=guestbook']);
  if (networks !== '') await hako(['network', 'rm', 'guestbook']);
  const volumes = await hako(['volume', 'ls', '-q', '--filter', 'name=guestbook-data']);
  if (volumes !== '') await hako(['volume', 'rm', 'guestbook-data']);
}

async function baseImage(): Promise<string> {
  const images = await hako(['image', 'ls', '-q', IMAGE]);
  if (images !== '') return 'made by an earlier run';
  await hako(['image', 'bootstrap', 'debian:bookworm', '--include', PACKAGES], { show: true });
  await hako(['tag', 'debian:bookworm', IMAGE]);
  return hako(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}  {{.Size}}', IMAGE]);
}

const COMMON = ['-d', '--label', 'hako.demo', '--network', 'guestbook', '--restart', 'unless-stopped'];

async function startStore(): Promise<void> {
  const command = [
    'redis-server',
    '--bind',
    '0.0.0.0',
    '--protected-mode',
    'no',
    '--dir',
    '/data',
    '--appendonly',
    'yes',
  ];
  await hako([
    'run',
    ...COMMON,
    '--name',
    'store',
    '--memory',
    '128m',
    '-v',
    'guestbook-data:/data',
    IMAGE,
    ...command,
  ]);
  await waitForLog('store', 'Ready to accept connections');
}

async function startWeb(): Promise<string> {
  const limits = ['--memory', '256m', '--cpus', '0.5', '--read-only', '-p', '8080'];
  const mounts = ['-v', `${guestbookDir}:/app:ro`, '-v', `${process.execPath}:/usr/local/bin/node:ro`];
  await hako(['run', ...COMMON, '--name', 'web', ...limits, ...mounts, IMAGE, 'node', '/app/web.ts']);
  await waitForLog('web', 'listens on 8080');
  const port = (await hako(['port', 'web', '8080'])).split('\n')[0]?.split(':').at(-1);
  return `http://127.0.0.1:${port}/`;
}

async function request(url: string, init: RequestInit = {}): Promise<string> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  const text = (await response.text()).trim();
  if (response.ok) return text;
  throw new HakoError('internal', `${url} answered ${response.status}: ${text}`);
}

async function expectEntry(url: string): Promise<string> {
  const text = await request(url);
  if (text.includes('Noah: Land ahead!')) return text;
  throw new HakoError('internal', `the entry is lost; ${url} says: ${text}`);
}

async function killDaemon(): Promise<string> {
  const pid = Number(readFileSync(join(String(demoEnvironment.HAKO_RUN), 'daemon.pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  return `process ${pid} is gone`;
}

async function restartStore(): Promise<void> {
  await hako(['restart', 'store']);
  await waitForLog('store', 'Ready to accept connections');
}
