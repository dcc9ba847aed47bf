/**
 * Our registry and Debian's docker-registry under the same load: `node bench/registry.ts [rounds] [seconds]`. Needs wrk and
 * docker-registry. Rounds alternate, medians count.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarise } from './lib/stats.ts';
import { markdownTable } from './lib/table.ts';
import { type Load, load } from './registry/load.ts';
import { type Peer, pushImage, startDebian, startHako } from './registry/peers.ts';

const rounds = Number(process.argv[2] ?? 3);
const seconds = Number(process.argv[3] ?? 4);
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

const dir = mkdtempSync(join(tmpdir(), 'hako-bench-'));
const samples = new Map<string, number[]>();
try {
  await using hako = await startHako(dir);
  await using debian = await startDebian(dir);
  const peers = [hako, debian];
  const paths = new Map(await Promise.all(peers.map(async (peer) => [peer, await prepare(peer)] as const)));
  for (let round = 0; round < rounds; round++) {
    for (const row of ROWS) for (const peer of peers) await measure(row, peer, paths.get(peer));
  }
  report(peers);
} finally {
  rmSync(dir, { recursive: true });
}

async function prepare(peer: Peer): Promise<Paths> {
  const { blob: large } = await pushImage(peer.url, LARGE_BYTES);
  const { manifest, blob: small } = await pushImage(peer.url, SMALL_BYTES);
  return { manifest, small, large };
}

async function measure(row: Row, peer: Peer, paths: Paths | undefined): Promise<void> {
  if (paths === undefined) return;
  const result = await load(peer.url + row.path(paths), seconds);
  if (result.errors > 0) throw new Error(`${peer.name} failed under load: ${row.what}`);
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
