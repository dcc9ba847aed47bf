/**
 * Unpacks an image while the event loop is watched: `node bench/unpack.ts [--layers N] [--mebibytes N] [--rounds N]`. Tells how long it
 * takes, how long the event loop of the daemon would have been held up, and the memory of the process and of its workers.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../src/base/mod.ts';
import { openImages } from '../src/images/mod.ts';
import { type ChainLayer, unpackChain } from '../src/images/unpack/chain.ts';
import { openDatabase } from '../src/state/mod.ts';
import { preferShortWaits } from '../src/system/mod.ts';
import { archiveOf } from '../src/system/rootfs/mod.ts';
import { run } from './lib/command.ts';

const { values: flags } = parseArgs({
  options: {
    layers: { type: 'string', default: '10' },
    mebibytes: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: '/var/tmp' },
    make: { type: 'string' },
  },
});
const MIB = 2 ** 20;
const SAMPLE_MS = 50;

/** Half of it text, as programs and libraries are, in files of 4 KiB to 4 MiB. */
function layerTar(bytes: number, number: number): Buffer {
  const noise = randomBytes(MIB / 2);
  const block = Buffer.concat([
    noise,
    Buffer.alloc(MIB / 2, `layer ${number} has text that repeats itself, more or less. `),
  ]);
  const entries = [];
  for (let left = bytes, index = 0; left > 0; index++) {
    const size = Math.min(left, index % 8 === 0 ? 4 * MIB : 4096 * (1 + (index % 64)));
    const body = Buffer.concat(Array.from({ length: Math.ceil(size / MIB) }, () => block)).subarray(0, size);
    entries.push({ name: `usr/lib/layer${number}/d${index % 40}/f${index}`, body });
    left -= size;
  }
  return archiveOf(`usr/`, `usr/lib/`, `usr/lib/layer${number}/`, ...entries);
}

/** Memory of this process and of its children now, in MiB, without what they share. */
function memoryMib(): { own: number; workers: number } {
  const rss = (pid: number | string) => {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
  };
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const workers = children.reduce((sum, pid) => {
    try {
      return sum + rss(pid);
    } catch {
      // It has ended since.
      return sum;
    }
  }, 0);
  return { own: rss('self'), workers };
}

/** What the event loop of a process has to bear that does nothing: others use the machine too. */
async function measureIdle(forMs: number) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await sleep(forMs);
  delay.disable();
  return loopText(delay);
}

/** The histogram counts its own period with the delay. */
function loopText(delay: { max: number; percentile(percentile: number): number }): string {
  const overMs = (ns: number) => Math.max(ns / 1e6 - 5, 0).toFixed(1);
  return `event loop delay max ${overMs(delay.max)} ms, p99 ${overMs(delay.percentile(99))} ms, p50 ${overMs(delay.percentile(50))} ms`;
}

async function measure(layers: readonly ChainLayer[], images: Awaited<ReturnType<typeof openImages>>) {
  const { content, unpacker } = images.store;
  const peak = { own: 0, workers: 0 };
  const sampler = setInterval(() => {
    const now = memoryMib();
    peak.own = Math.max(peak.own, now.own);
    peak.workers = Math.max(peak.workers, now.workers);
  }, SAMPLE_MS);
  const delay = monitorEventLoopDelay({ resolution: 5 });
  using lease = content.lease();
  delay.enable();
  const startedMs = performance.now();
  await unpackChain(unpacker, layers, lease);
  const tookMs = performance.now() - startedMs;
  delay.disable();
  clearInterval(sampler);
  return { tookMs, loop: loopText(delay), ...peak };
}

/** Made by a process of its own, so that ours stays as small as a daemon. */
async function makeLayer(contentDir: string, number: number, count: number): Promise<ChainLayer> {
  const bytes = (Number(flags.mebibytes) / count) * MIB;
  const answer = await run([process.execPath, import.meta.filename, '--make', `${contentDir} ${bytes} ${number}`]);
  return JSON.parse(answer) as ChainLayer;
}

/** The other side of `makeLayer`. */
function makeAndTell(order: string): void {
  const [contentDir = '', bytes, number] = order.split(' ');
  const tar = layerTar(Number(bytes), Number(number));
  const blob = gzipSync(tar, { level: 4 });
  const digest = sha256(blob);
  writeFileSync(join(contentDir, 'blobs/sha256', digest.slice('sha256:'.length)), blob);
  console.log(JSON.stringify({ blob: digest, diffId: sha256(tar) } satisfies ChainLayer));
}

async function main(): Promise<void> {
  preferShortWaits();
  const dir = mkdtempSync(join(flags.dir, 'hako-bench-unpack-'));
  const database = openDatabase(join(dir, 'state.sqlite'));
  mkdirSync(join(dir, 'root'));
  const images = await openImages({ rootDir: join(dir, 'root'), database });
  try {
    const count = Number(flags.layers);
    const layers: ChainLayer[] = [];
    for (let number = 0; number < count; number++)
      layers.push(await makeLayer(images.store.content.dir, number, count));
    for (let round = 0; round < Number(flags.rounds); round++) {
      console.log(`idle: ${await measureIdle(3000)}`);
      const { tookMs, loop, own, workers } = await measure(layers, images);
      const time = `${(tookMs / 1000).toFixed(2)} s, ${Math.round(Number(flags.mebibytes) / (tookMs / 1000))} MiB/s`;
      console.log(`${time}; ${loop}; memory ${own.toFixed(0)} MiB, all workers together ${workers.toFixed(0)} MiB`);
      images.store.collector.collectLayers();
    }
  } finally {
    await images[Symbol.asyncDispose]();
    database.close();
    if (readdirSync(dir).length > 0) rmSync(dir, { recursive: true });
  }
}

if (flags.make === undefined) await main();
else makeAndTell(flags.make);
