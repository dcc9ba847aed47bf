/**
 * Our API server with many objects on SQLite: `node bench/kube-large.ts [objects]`. Fills a store, starts it again, and measures start,
 * memory, creates, and a page of 500.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECTIONS, medianMs, openWires, podBody, rate } from './kube/load.ts';
import { type Server, startHako } from './kube/servers.ts';
import { markdownTable } from './lib/table.ts';

const objects = Number(process.argv[2] ?? 100_000);
const PORT = 18_643;
const MEASURED = 3000;
const PAGE = 500;
const PATH = '/api/v1/namespaces/bench/pods';
const rows: string[][] = [];

const dir = mkdtempSync(join(tmpdir(), 'hako-bench-large-'));
try {
  await fill();
  await measure();
} finally {
  rmSync(dir, { recursive: true });
}
process.stdout.write(`${markdownTable(['what', 'hakobune'], rows)}\n`);

/** Controllers would only look on while the store is filled. */
async function fill(): Promise<void> {
  await using server = await startHako(dir, PORT, ['--no-controllers']);
  const wires = await openWires(server.target);
  await wires[0]?.call('POST', '/api/v1/namespaces', '{"metadata":{"name":"bench"}}');
  const perSecond = await load(
    server,
    `creates, up to ${objects} objects`,
    objects,
    (at) => podBody(`pod-${at}`),
    wires,
  );
  note('creates/s while it was filled', perSecond);
  for (const wire of wires) wire[Symbol.dispose]();
}

async function measure(): Promise<void> {
  await using server = await startHako(dir, PORT);
  note(`start with ${objects} objects, ms`, server.readyMs);
  note('resident after the start, MB', server.rssMb());
  const wires = await openWires(server.target);
  const [first] = wires as [(typeof wires)[0]];
  const start = performance.now();
  await first.call('GET', `${PATH}?limit=${PAGE}`);
  note(`first page of ${PAGE}, ms`, performance.now() - start);
  note(`list page of ${PAGE}, ms`, await medianMs(21, () => first.call('GET', `${PATH}?limit=${PAGE}`)));
  note(`next page of ${PAGE}, ms`, await nextPageMs(first));
  const body = (at: number) => podBody(`more-${at}`);
  note(`creates/s, ${CONNECTIONS} connections`, await load(server, 'creates', MEASURED, body, wires));
  note('resident at the end, MB', server.rssMb());
  for (const wire of wires) wire[Symbol.dispose]();
}

async function nextPageMs(wire: Awaited<ReturnType<typeof openWires>>[0]): Promise<number> {
  const { body } = await wire.call('GET', `${PATH}?limit=${PAGE}`, '', undefined, true);
  const next = encodeURIComponent((JSON.parse(body) as { metadata: { continue: string } }).metadata.continue);
  return medianMs(21, () => wire.call('GET', `${PATH}?limit=${PAGE}&continue=${next}`));
}

async function load(
  server: Server,
  what: string,
  count: number,
  body: (at: number) => string,
  wires: Awaited<ReturnType<typeof openWires>>,
): Promise<number> {
  const before = server.cpuMs();
  const perSecond = await rate(wires, count, (wire, at) => wire.call('POST', PATH, body(at)));
  note(`${what}, CPU µs each`, ((server.cpuMs() - before) / count) * 1000);
  return perSecond;
}

function note(what: string, value: number): void {
  rows.push([what, value.toFixed(0)]);
}
