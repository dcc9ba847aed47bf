/**
 * Our API server and upstream's (Debian's kube-apiserver and etcd-server, where installed) under the same load, one after the other:
 * `node bench/kube.ts [rounds] [pods]`. Medians of the rounds.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECTIONS, medianMs, openWires, podBody, rate } from './kube/load.ts';
import { type Server, startHako, startUpstream } from './kube/servers.ts';
import type { Wire } from './kube/wire.ts';
import { markdownTable } from './lib/table.ts';

const rounds = Number(process.argv[2] ?? 3);
const pods = Number(process.argv[3] ?? 3000);
const POD_PATH = '/api/v1/namespaces/bench/pods';
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
  const [first] = wires as [(typeof wires)[0]];
  await first.call('POST', '/api/v1/namespaces', '{"metadata":{"name":"bench"}}');
  await load(server, wires, `pod creates/s, ${CONNECTIONS} connections`, pods, (wire, at) =>
    wire.call('POST', POD_PATH, podBody(`pod-${at}`)),
  );
  note(name, `resident with ${pods} pods, MB`, server.rssMb());
  await load(server, wires, 'gets/s', pods * 4, (wire, at) => wire.call('GET', `${POD_PATH}/pod-${at % pods}`));
  const patch = (at: number) => `{"metadata":{"labels":{"round":"${at}"}}}`;
  await load(server, wires, 'merge patches/s', pods, (wire, at) =>
    wire.call('PATCH', `${POD_PATH}/pod-${at}`, patch(at), MERGE),
  );
  note(name, `list of ${pods} pods, ms`, await medianMs(9, () => first.call('GET', POD_PATH)));
  const gone = '{"gracePeriodSeconds":0}';
  await load(server, wires, 'deletes/s', pods, (wire, at) => wire.call('DELETE', `${POD_PATH}/pod-${at}`, gone));
  for (const wire of wires) wire[Symbol.dispose]();
}

/** Rate of a load, and the server's processor time for one request: that does not depend on who else is on the machine. */
async function load(
  server: Server,
  wires: readonly Wire[],
  what: string,
  count: number,
  one: (wire: Wire, at: number) => ReturnType<Wire['call']>,
): Promise<void> {
  const before = server.cpuMs();
  note(server.name, what, await rate(wires, count, one));
  note(server.name, `${what.split('/')[0]}, CPU µs each`, ((server.cpuMs() - before) / count) * 1000);
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
