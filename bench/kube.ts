/**
 * Our API server and upstream's (Debian's kube-apiserver and etcd-server, where installed) under the same load, one after the other:
 * `node bench/kube.ts [rounds] [pods]`, writes over 32 connections. Medians of the rounds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medianMs, openWires, podBody, rate } from './kube/load.ts';
import { type Server, startHako, startUpstream } from './kube/servers.ts';
import type { Wire } from './kube/wire.ts';
import { markdownTable } from './lib/table.ts';

const rounds = Number(process.argv[2] ?? 3);
const pods = Number(process.argv[3] ?? 3000);
const POD_PATH = '/api/v1/namespaces/bench/pods';
const WARM_PASSES = 6;
const MERGE = 'application/merge-patch+json';
const figures = new Map<string, Map<string, number[]>>();

for (let round = 0; round < rounds; round++) {
  const dir = mkdtempSync(join(tmpdir(), 'hako-bench-'));
  try {
    await measure(await startHako(join(dir, 'hako'), 18_443));
    await measure(await startUpstream(join(dir, 'upstream'), 18_543));
  } finally {
    rmSync(dir, { recursive: true });
  }
}
report();

async function measure(started: Server | undefined): Promise<void> {
  if (started === undefined) return;
  await using server = started;
  const { name, target } = server;
  note(name, 'ready, ms', server.readyMs);
  note(name, 'resident idle, MB', server.rssMb());
  const wires = await openWires(target);
  await wires[0]?.call('POST', '/api/v1/namespaces', '{"metadata":{"name":"bench"}}');
  await pass(server, wires, `, first ${pods} after the start`);
  // A server runs for months; compilers that work while it runs are done after some thousand requests.
  for (let warming = 0; warming < WARM_PASSES; warming++) await pass(server, wires, undefined);
  await pass(server, wires, '');
  for (const wire of wires) wire[Symbol.dispose]();
}

/** All loads once; `when` goes to their names, undefined: nothing is noted. */
async function pass(server: Server, wires: readonly Wire[], when: string | undefined): Promise<void> {
  const [first] = wires as [Wire];
  await load(server, wires, 'pod creates', when, pods, (wire, at) => wire.call('POST', POD_PATH, podBody(`pod-${at}`)));
  if (when !== undefined && when !== '') note(server.name, `resident with ${pods} pods, MB`, server.rssMb());
  await load(server, wires, 'gets', when, pods * 4, (wire, at) => wire.call('GET', `${POD_PATH}/pod-${at % pods}`));
  const patch = (at: number) => `{"metadata":{"labels":{"round":"${at}"}}}`;
  await load(server, wires, 'merge patches', when, pods, (wire, at) =>
    wire.call('PATCH', `${POD_PATH}/pod-${at}`, patch(at), MERGE),
  );
  const listMs = await medianMs(9, () => first.call('GET', POD_PATH));
  if (when !== undefined) note(server.name, `list of ${pods} pods, ms${when}`, listMs);
  const gone = '{"gracePeriodSeconds":0}';
  await load(server, wires, 'deletes', when, pods, (wire, at) => wire.call('DELETE', `${POD_PATH}/pod-${at}`, gone));
}

/** Rate of a load, and the server's processor time for one request: that does not depend on who else is on the machine. */
async function load(
  server: Server,
  wires: readonly Wire[],
  what: string,
  when: string | undefined,
  count: number,
  one: (wire: Wire, at: number) => ReturnType<Wire['call']>,
): Promise<void> {
  const before = server.cpuMs();
  const perSecond = await rate(wires, count, one);
  if (when === undefined) return;
  note(server.name, `${what}/s${when}`, perSecond);
  note(server.name, `${what}, CPU µs each${when}`, ((server.cpuMs() - before) / count) * 1000);
}

function note(server: string, what: string, value: number): void {
  const row = figures.get(what) ?? new Map<string, number[]>();
  figures.set(what, row);
  row.set(server, [...(row.get(server) ?? []), value]);
}

function median(values: readonly number[] | undefined): number {
  return values === undefined ? Number.NaN : ([...values].sort((a, b) => a - b)[values.length >> 1] as number);
}

function report(): void {
  const servers = [...new Set([...figures.values()].flatMap((row) => [...row.keys()]))];
  const rows = [...figures].map(([what, row]) => [what, ...servers.map((name) => median(row.get(name)).toFixed(0))]);
  process.stdout.write(`${markdownTable(['what', ...servers], rows)}\n`);
}
