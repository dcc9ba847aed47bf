/**
 * Unpacks an image while the event loop is watched: `node bench/unpack.ts [--layers N] [--mebibytes N] [--rounds N]`. Tells how long it
 * takes, how long the event loop of the daemon would have been held up, and the memory of the process and of its workers.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../src/base/mod.ts';
import { openImages } from '../src/images/mod.ts';
import { type ChainLayer, unpackChain } from '../src/images/unpack/chain.ts';
import { openDatabase } from '../src/state/mod.ts';
import { archiveOf } from '../src/system/rootfs/mod.ts';

const { values: flags } = parseArgs({
  options: {
    layers: { type: 'string', default: '10' },
    mebibytes: { type: 'string', default: '1024' },
    rounds: { type: 'string', default: '3' },
    dir: { type: 'string', default: '/var/tmp' },
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
  // The histogram counts its own period with the delay.
  const overMs = (ns: number) => Math.max(ns / 1e6 - 5, 0);
  return { tookMs, maxMs: overMs(delay.max), p99Ms: overMs(delay.percentile(99)), ...peak };
}

async function main(): Promise<void> {
  const dir = mkdtempSync(join(flags.dir, 'hako-bench-unpack-'));
  const database = openDatabase(join(dir, 'state.sqlite'));
  mkdirSync(join(dir, 'root'));
  const images = await openImages({ rootDir: join(dir, 'root'), database });
  try {
    const count = Number(flags.layers);
    const layers = Array.from({ length: count }, (_, number): ChainLayer => {
      const tar = layerTar((Number(flags.mebibytes) / count) * MIB, number);
      return { blob: images.store.content.put(gzipSync(tar, { level: 4 })), diffId: sha256(tar) };
    });
    globalThis.gc?.();
    for (let round = 0; round < Number(flags.rounds); round++) {
      const { tookMs, maxMs, p99Ms, own, workers } = await measure(layers, images);
      const time = `${(tookMs / 1000).toFixed(2)} s, ${Math.round(Number(flags.mebibytes) / (tookMs / 1000))} MiB/s`;
      const loop = `event loop delay max ${maxMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
      console.log(`${time}; ${loop}; memory ${own.toFixed(0)} MiB, all workers together ${workers.toFixed(0)} MiB`);
      images.store.collector.collectLayers();
    }
  } finally {
    await images[Symbol.asyncDispose]();
    database.close();
    if (readdirSync(dir).length > 0) rmSync(dir, { recursive: true });
  }
}

await main();
