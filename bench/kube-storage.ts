/**
 * Measures the datastores of the Kubernetes API: `node bench/kube-storage.ts [--url memory|sqlite:PATH|http://ETCD] [--puts N] [--callers N]
 * [--bytes N] [--objects N]`. Tells durable writes a second with many callers, what each costs the thread that serves requests,
 * how long the event loop is held up, and what opening, listing and counting cost with many objects. The keys stay in the datastore.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { openStorage, type Storage } from '../src/kube/storage/mod.ts';

const { values: flags } = parseArgs({
  options: {
    url: { type: 'string' },
    puts: { type: 'string', default: '40000' },
    callers: { type: 'string', default: '32' },
    bytes: { type: 'string', default: '4096' },
    objects: { type: 'string', default: '100000' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'kube-storage-'));
const url = flags.url ?? `sqlite:${folder}/state.db`;
const value = JSON.stringify({ kind: 'Pod', spec: 'x'.repeat(Number(flags.bytes) - 24) });
const keyOf = (n: number) =>
  `/registry/pods/namespace-${n % 50}/pod-${String((n * 7919) % 1_000_003).padStart(7, '0')}`;

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(44)} ${figure}`);
}

/** Runs `work(n)` for n below `count` with many callers at once, and tells what it cost. */
async function measure(
  what: string,
  count: number,
  callers: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpuBefore = process.threadCpuUsage();
  const start = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let n = next++; n < count; n = next++) await work(n);
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.threadCpuUsage(cpuBefore);
  delay.disable();
  const cpuUs = (cpu.user + cpu.system) / count;
  const heldUpMs = (delay.percentile(99) / 1e6).toFixed(1);
  say(what, `${Math.round(count / seconds)}/s, ${cpuUs.toFixed(1)} µs of this thread each, loop p99 ${heldUpMs} ms`);
}

async function time<T>(what: string, work: () => Promise<T>): Promise<T> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const start = performance.now();
  const result = await work();
  const tookMs = performance.now() - start;
  delay.disable();
  say(what, `${tookMs.toFixed(1)} ms (loop held up at most ${(delay.max / 1e6).toFixed(1)} ms)`);
  return result;
}

async function writes(storage: Storage): Promise<void> {
  const puts = Number(flags.puts);
  const callers = Number(flags.callers);
  const revisions: number[] = [];
  await measure('puts of new keys', puts, callers, async (n) => {
    const result = await storage.put(keyOf(n), value, 0);
    revisions[n] = result.revision;
  });
  await measure('updates', puts, callers, async (n) => {
    const result = await storage.put(keyOf(n), value, revisions[n] ?? 0);
    revisions[n] = result.revision;
  });
  await measure('gets', puts, callers, (n) => storage.get(keyOf(n)));
  await measure('deletes', puts / 2, callers, (n) => storage.delete(keyOf(n), revisions[n] ?? 0));
  await measure('puts of one caller', Math.min(1000, puts), 1, (n) => storage.put(`/registry/one/${n}`, value, 0));
}

async function reads(storage: Storage): Promise<void> {
  const prefix = '/registry/pods/';
  const first = await time('first page of 500', () => storage.list({ prefix, limit: 500 }));
  const after = first.entries.at(-1)?.key ?? '';
  await time('second page of 500', () => storage.list({ prefix, limit: 500, after, revision: first.revision }));
  await storage.put('/registry/elsewhere', value, 0);
  await storage.put(`${prefix}another`, value, 0);
  await time('page of 500 at an old revision', () =>
    storage.list({ prefix, limit: 500, after, revision: first.revision }),
  );
  await time('count', () => storage.count(prefix));
  const all = await time('list of everything', () => storage.list({ prefix }));
  say('objects', String(all.entries.length));
}

try {
  {
    await using storage = await openStorage(url);
    say('resident memory, idle', `${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB`);
    await writes(storage);
    await measure('filling', Number(flags.objects), 256, (n) => storage.put(keyOf(n), value, 0));
  }
  await using storage = await time('open', () => openStorage(url));
  await reads(storage);
} finally {
  rmSync(folder, { recursive: true });
}
