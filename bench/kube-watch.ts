/**
 * Many watchers of one resource: `node bench/kube-watch.ts [watchers] [writes a second] [seconds]`. How long events take from the
 * answer of the write to each watcher, and what the server's memory does meanwhile. The watchers live in a process of their own.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openWires } from './kube/load.ts';
import { cpuOf, startHako } from './kube/servers.ts';
import { quantile } from './lib/stats.ts';

const watchers = Number(process.argv[2] ?? 1000);
const perSecond = Number(process.argv[3] ?? 200);
const seconds = Number(process.argv[4] ?? 15);
const PORT = Number(process.env.BENCH_PORT ?? 18_643);
const PATH = '/api/v1/namespaces/default/configmaps';
const dir = mkdtempSync(join(tmpdir(), 'hako-bench-'));

try {
  await using server = await startHako(dir, PORT, ['--no-controllers']);
  const child = fork(join(import.meta.dirname, 'kube/watchers.ts'), { execArgv: [] });
  child.send({ target: server.target, watchers, path: `${PATH}?watch=1&labelSelector=bench%3Dyes` });
  await once(child, 'message');
  const wires = await openWires(server.target, 8);
  const memory: number[] = [];
  const cpuBefore = { server: server.cpuMs(), watchers: cpuOf(child.pid as number) };
  const start = performance.now();
  for (let sent = 0; sent < perSecond * seconds; ) {
    const due = Math.min(perSecond * seconds, Math.floor(((performance.now() - start) / 1000) * perSecond));
    const batch = Math.min(wires.length, due - sent);
    if (batch === 0) {
      await delay(2);
      continue;
    }
    await Promise.all(Array.from({ length: batch }, (_, at) => write(wires[at] as (typeof wires)[0], sent + at)));
    sent += batch;
    if (sent % perSecond < batch) memory.push(server.rssMb());
  }
  const cpu = { server: server.cpuMs(), watchers: cpuOf(child.pid as number) };
  child.send('report');
  const [{ latenciesMs, events }] = (await once(child, 'message')) as [{ latenciesMs: number[]; events: number }];
  const sorted = latenciesMs.sort((a, b) => a - b);
  const tail = memory.slice(Math.floor(memory.length / 3));
  console.log(
    `${watchers} watchers, ${perSecond} writes/s for ${seconds} s: ${events} of ${watchers * perSecond * seconds} events`,
  );
  console.log(
    `latency ms: p50 ${quantile(sorted, 0.5).toFixed(1)}, p99 ${quantile(sorted, 0.99).toFixed(1)}, max ${sorted.at(-1)?.toFixed(1)}`,
  );
  const each = (who: 'server' | 'watchers') => (((cpu[who] - cpuBefore[who]) / events) * 1000).toFixed(2);
  console.log(`CPU µs for each event: server ${each('server')}, all watchers ${each('watchers')}`);
  console.log(`resident MB, each second of the last two thirds: ${tail.map((value) => value.toFixed(0)).join(' ')}`);
  child.kill();
} finally {
  rmSync(dir, { recursive: true });
}

/** The object says when it was sent: all processes share the machine's clock. */
async function write(wire: Awaited<ReturnType<typeof openWires>>[0], at: number): Promise<void> {
  const body = JSON.stringify({
    metadata: { name: `w-${at}`, labels: { bench: 'yes' } },
    data: { sent: String(performance.timeOrigin + performance.now()) },
  });
  const { code } = await wire.call('POST', PATH, body);
  if (code !== 201) throw new Error(`a write answered ${code}`);
}
