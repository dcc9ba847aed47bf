/**
 * Our registry and Debian's docker-registry under the same load: `node bench/registry.ts [rounds] [seconds] [gigabytes]`. Needs wrk and
 * docker-registry. Rounds alternate, medians count. With gigabytes so many pass through each, up and down, while their memory is watched.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarise } from './lib/stats.ts';
import { markdownTable } from './lib/table.ts';
import { type Flow, flow } from './registry/flow.ts';
import { type Load, load } from './registry/load.ts';
import { type Peer, pushImage, startDebian, startHako } from './registry/peers.ts';

const rounds = Number(process.argv[2] ?? 3);
const seconds = Number(process.argv[3] ?? 4);
const gigabytes = Number(process.argv[4] ?? 0);
const SMALL_BYTES = 64 * 1024;
const LARGE_BYTES = 64 * 2 ** 20;

interface Row {
  what: string;
  unit: string;
  value: (load: Load) => number;
  path: (paths: Paths) => string;
}
interface Paths {
  manifest: string;
  small: string;
  large: string;
}

const ROWS: Row[] = [
  { what: 'manifests by tag', unit: '/s', value: ({ requestsPerS }) => requestsPerS, path: ({ manifest }) => manifest },
  { what: 'blobs of 64 KiB', unit: '/s', value: ({ requestsPerS }) => requestsPerS, path: ({ small }) => small },
  { what: 'blobs of 64 MiB', unit: 'MB/s', value: ({ bytesPerS }) => bytesPerS / 1e6, path: ({ large }) => large },
];

const samples = new Map<string, number[]>();
if (rounds > 0) await withPeers(underLoad);
if (gigabytes > 0) await withPeers(overGigabytes);

/** Both, on empty folders: memory that the load has left would be taken for the flow's. */
async function withPeers(work: (peers: readonly Peer[]) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'hako-bench-'));
  try {
    await using hako = await startHako(dir);
    await using debian = await startDebian(dir);
    await work([hako, debian]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function underLoad(peers: readonly Peer[]): Promise<void> {
  const paths = new Map(await Promise.all(peers.map(async (peer) => [peer, await prepare(peer)] as const)));
  for (let round = 0; round < rounds; round++) {
    for (const row of ROWS) for (const peer of peers) await measure(row, peer, paths.get(peer));
  }
  report(peers);
}

async function overGigabytes(peers: readonly Peer[]): Promise<void> {
  const rows: string[][] = [];
  for (const peer of peers) {
    for (const direction of ['push', 'pull'] as const) {
      const before = peer.memoryMb().now;
      rows.push([peer.name, before.toFixed(0), ...flowCells(await flow(peer, direction, gigabytes * 1e9))]);
    }
  }
  const tenths = Array.from({ length: 10 }, (_, index) => `${(index + 1) * 10} %`);
  console.log(`\nresident memory in MB while ${gigabytes} GB pass through, the highest of each tenth:\n`);
  console.log(markdownTable(['', 'before', 'direction', 'MB/s', ...tenths], rows));
}

function flowCells({ direction, bytes, seconds, memoryMb }: Flow): string[] {
  return [direction, (bytes / 1e6 / seconds).toFixed(0), ...memoryMb.map((megabytes) => megabytes.toFixed(0))];
}

async function prepare(peer: Peer): Promise<Paths> {
  const { blob: large } = await pushImage(peer.url, LARGE_BYTES);
  const { manifest, blob: small } = await pushImage(peer.url, SMALL_BYTES);
  return { manifest, small, large };
}

async function measure(row: Row, peer: Peer, paths: Paths | undefined): Promise<void> {
  if (paths === undefined) return;
  const result = await load(peer.url + row.path(paths), seconds);
  if (result.errors.length > 0) throw new Error(`${peer.name} failed under load: ${row.what}: ${result.errors.join()}`);
  const key = `${row.what} ${peer.name}`;
  samples.set(key, [...(samples.get(key) ?? []), row.value(result)]);
}

function report(peers: readonly Peer[]): void {
  const medianOf = (row: Row, peer: Peer) =>
    summarise(samples.get(`${row.what} ${peer.name}`) ?? [])?.median ?? Number.NaN;
  const rows = ROWS.map((row) => {
    const [ours = Number.NaN, theirs = Number.NaN] = peers.map((peer) => medianOf(row, peer));
    return [
      row.what,
      `${ours.toFixed(0)} ${row.unit}`,
      `${theirs.toFixed(0)} ${row.unit}`,
      `${(ours / theirs).toFixed(2)} ×`,
    ];
  });
  const memory = peers.map((peer) => `${peer.memoryMb().now.toFixed(0)} (peak ${peer.memoryMb().peak.toFixed(0)}) MB`);
  const cpu = peers.map((peer) => `${peer.cpuS().toFixed(1)} s`);
  rows.push(['resident memory after it', ...memory, ''], ['processor time', ...cpu, '']);
  console.log(markdownTable(['at 32 connections', ...peers.map(({ name }) => name), 'ratio'], rows));
}
