/**
 * How long a container's network takes: `node bench/network.ts [rounds]`, as root. Makes and removes an instance of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '#base';
import { openNetworks } from '#network';
import { openDatabase } from '#state';

const rounds = Number(process.argv[2] ?? 50);
const dir = mkdtempSync(join(tmpdir(), 'hako-bench-'));
const database = openDatabase(join(dir, 'state.db'));
const paths = { runDir: join(dir, 'run'), rootDir: join(dir, 'root') };
const networks = await openNetworks({ ...paths, instance: 'bench', database });
const port = { containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPortStart: 0, hostPortEnd: 0 } as const;
const timesMs = new Map<string, number[]>();

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await work();
  timesMs.set(what, [...(timesMs.get(what) ?? []), performance.now() - startMs]);
}

async function round(network: string): Promise<void> {
  const containerId = newId();
  await timed(`${network}: namespace and connect`, async () => {
    const sandbox = await networks.createSandbox(containerId);
    await networks.connect(sandbox, { containerId, containerName: 'bench', network, aliases: [] });
  });
  await timed(`${network}: publish`, () => networks.publish(containerId, [port]));
  await timed(`${network}: release`, () => networks.release(containerId));
  await sleep(30);
}

try {
  await networks.recover(new Set());
  await networks.create({ name: 'user' });
  for (const network of ['bridge', 'user']) for (let index = 0; index < rounds; index++) await round(network);
  for (const [what, values] of timesMs) {
    values.sort((a, b) => a - b);
    const at = (share: number) => (values[Math.floor(values.length * share)] ?? 0).toFixed(2);
    console.log(`${what.padEnd(30)} median ${at(0.5)} ms, 90 % ${at(0.9)} ms`);
  }
} finally {
  await networks.purge();
  await networks[Symbol.asyncDispose]();
  database.close();
  rmSync(dir, { recursive: true });
}
