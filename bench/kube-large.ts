/**
 * Our API server with many objects on SQLite: `node bench/kube-large.ts [objects] [folder]`. Fills a store (kept in the folder, for the
 * next run), starts it again, and measures start, memory, creates, pages, and lists of everything; and how long others wait meanwhile.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CONNECTIONS, medianMs, openWires, podBody, rate } from './kube/load.ts';
import { type Server, startHako } from './kube/servers.ts';
import type { Wire } from './kube/wire.ts';
import { markdownTable } from './lib/table.ts';

const objects = Number(process.argv[2] ?? 100_000);
const kept = process.argv[3];
const PORT = Number(process.env.BENCH_PORT ?? 18_643);
const MEASURED = 3000;
const PAGE = 500;
const PATH = '/api/v1/namespaces/bench/pods';
const FORMS = {
  JSON: 'application/json',
  Table: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  metadata: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const rows: string[][] = [];

const dir = kept ?? mkdtempSync(join(tmpdir(), 'hako-bench-large-'));
try {
  if (!existsSync(join(dir, 'state.db'))) await fill();
  await measure();
} finally {
  if (kept === undefined) rmSync(dir, { recursive: true });
}
process.stdout.write(`${markdownTable(['what', 'hakobune'], rows)}\n`);

/** Controllers would only look on while the store is filled. */
async function fill(): Promise<void> {
  await using server = await startHako(dir, PORT, ['--no-controllers']);
  const wires = await openWires(server.target);
  await wires[0]?.call('POST', '/api/v1/namespaces', '{"metadata":{"name":"bench"}}');
  const body = (at: number) => podBody(`pod-${at}`);
  note('creates/s while it was filled', await load(server, `creates, up to ${objects} objects`, objects, body, wires));
  for (const wire of wires) wire[Symbol.dispose]();
}

async function measure(): Promise<void> {
  await using server = await startHako(dir, PORT);
  note(`start with ${objects} objects, ms`, server.readyMs);
  const wires = await openWires(server.target);
  const [first, second] = wires as [Wire, Wire];
  const waited = await longestWait(second, () => settled(server));
  note('until controllers have seen everything, ms', waited.tookMs);
  note('– longest wait of another request, ms', waited.longestMs);
  note('resident after the start, MB', server.rssMb());
  note(`list page of ${PAGE}, ms`, await medianMs(21, () => first.call('GET', `${PATH}?limit=${PAGE}`)));
  note(`next page of ${PAGE}, ms`, await nextPageMs(first));
  const name = `more-${Date.now()}`;
  const body = (at: number) => podBody(`${name}-${at}`);
  note(`creates/s, ${CONNECTIONS} connections`, await load(server, 'creates', MEASURED, body, wires));
  for (const [form, accept] of Object.entries(FORMS)) {
    const list = await longestWait(second, () => first.call('GET', PATH, '', undefined, { accept }));
    note(`list of everything, ${form}, ms`, list.tookMs);
    note('– longest wait of another request, ms', list.longestMs);
  }
  note('resident at the end, MB', server.rssMb());
  note('– at most, MB', server.peakRssMb());
  for (const wire of wires) wire[Symbol.dispose]();
}

/** The server has nothing more to do: it takes less than a tenth of a processor. */
async function settled(server: Server): Promise<void> {
  for (let before = server.cpuMs(); ; ) {
    await delay(500);
    const now = server.cpuMs();
    if (now - before < 50) return;
    before = now;
  }
}

/** How long `work` takes, and the longest that a small request takes meanwhile. */
async function longestWait(wire: Wire, work: () => Promise<unknown>): Promise<{ tookMs: number; longestMs: number }> {
  const start = performance.now();
  let over = false;
  let tookMs = 0;
  const working = work().finally(() => {
    over = true;
    tookMs = performance.now() - start;
  });
  let longestMs = 0;
  while (!over) {
    const asked = performance.now();
    await wire.call('GET', '/api/v1/namespaces/default');
    longestMs = Math.max(longestMs, performance.now() - asked);
    await delay(5);
  }
  await working;
  return { tookMs, longestMs };
}

async function nextPageMs(wire: Wire): Promise<number> {
  const { body } = await wire.call('GET', `${PATH}?limit=${PAGE}`, '', undefined, { keepBody: true });
  const next = encodeURIComponent((JSON.parse(body) as { metadata: { continue: string } }).metadata.continue);
  return medianMs(21, () => wire.call('GET', `${PATH}?limit=${PAGE}&continue=${next}`));
}

async function load(
  server: Server,
  what: string,
  count: number,
  body: (at: number) => string,
  wires: readonly Wire[],
): Promise<number> {
  const before = server.cpuMs();
  const perSecond = await rate(wires, count, (wire, at) => wire.call('POST', PATH, body(at)));
  note(`${what}, CPU µs each`, ((server.cpuMs() - before) / count) * 1000);
  return perSecond;
}

function note(what: string, value: number): void {
  rows.push([what, value.toFixed(0)]);
  if (process.env.BENCH_DEBUG === '1') process.stderr.write(`${what}: ${value.toFixed(0)}\n`);
}
