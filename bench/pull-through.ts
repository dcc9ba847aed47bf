/**
 * Our registry and Debian's docker-registry as pull-through caches of the same upstream, another docker-registry on this machine:
 * `node bench/pull-through.ts [rounds] [megabytes]`. Each round has an image of its own, in 8 layers, which is pulled cold, again, and by 4
 * clients at once that all find it cold. Clients take the manifest by its tag, then 3 blobs at a time, and keep nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { summarise } from './lib/stats.ts';
import { markdownTable } from './lib/table.ts';
import { type Peer, pushLayers, startDebian, startHako } from './registry/peers.ts';

const rounds = Number(process.argv[2] ?? 5);
const megabytes = Number(process.argv[3] ?? 200);
const LAYERS = 8;
const AT_ONCE = 3;
const CLIENTS = 4;
const ACCEPT = 'application/vnd.oci.image.manifest.v1+json';

const COLD = 'cold';
const HIT = 'again';
const CROWD = `cold, ${CLIENTS} clients at once`;
const samples = new Map<string, number[]>();

const dir = mkdtempSync(join(tmpdir(), 'hako-bench-'));
try {
  await using upstream = await startDebian(join(dir, 'upstream'));
  await using hako = await startHako(dir, upstream.url);
  await using debian = await startDebian(dir, upstream.url);
  for (let round = 0; round < rounds; round++) await oneRound(upstream, [hako, debian], `r${round}`);
  report(upstream, [hako, debian]);
} finally {
  rmSync(dir, { recursive: true });
}

async function oneRound(upstream: Peer, caches: readonly Peer[], tag: string): Promise<void> {
  const sizes = Array.from({ length: LAYERS }, () => Math.round((megabytes * 1e6) / LAYERS));
  const first = await pushLayers(upstream.url, tag, sizes);
  const second = await pushLayers(upstream.url, `${tag}-crowd`, sizes);
  await timed(COLD, upstream, () => pull(upstream.url, first));
  for (const cache of caches) {
    await timed(COLD, cache, () => pull(cache.url, first));
    await timed(HIT, cache, () => pull(cache.url, first));
    await timed(CROWD, cache, () => Promise.all(Array.from({ length: CLIENTS }, () => pull(cache.url, second))));
  }
}

async function timed(what: string, peer: Peer, work: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  await work();
  const key = `${what} ${peer.name} ${peer.url}`;
  samples.set(key, [...(samples.get(key) ?? []), (performance.now() - startMs) / 1000]);
}

async function pull(url: string, { manifest, blobs }: { manifest: string; blobs: readonly string[] }): Promise<void> {
  await drain(`${url}${manifest}`);
  const waiting = [...blobs];
  const worker = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await drain(`${url}${path}`);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function drain(url: string): Promise<void> {
  const answer = await fetch(url, { headers: { Accept: ACCEPT } });
  if (!answer.ok || answer.body === null) throw new Error(`${url} answered ${answer.status}`);
  let bytes = 0;
  for await (const chunk of answer.body) bytes += chunk.length;
  const wanted = Number(answer.headers.get('content-length') ?? bytes);
  if (bytes !== wanted) throw new Error(`${url} sent ${bytes} of ${wanted} bytes`);
}

function report(upstream: Peer, caches: readonly Peer[]): void {
  const medianOf = (what: string, peer: Peer) =>
    summarise(samples.get(`${what} ${peer.name} ${peer.url}`) ?? [])?.median ?? Number.NaN;
  const rows = [COLD, HIT, CROWD].map((what) => {
    const [ours = Number.NaN, theirs = Number.NaN] = caches.map((cache) => medianOf(what, cache));
    return [what, ...[ours, theirs].map((seconds) => `${seconds.toFixed(2)} s`), `${(theirs / ours).toFixed(1)} ×`];
  });
  const memory = caches.map((cache) => `${cache.memoryMb().peak.toFixed(0)} MB`);
  rows.push(['resident memory, highest', ...memory, '']);
  rows.push(['processor time', ...caches.map((cache) => `${cache.cpuS().toFixed(1)} s`), '']);
  console.log(
    `${megabytes} MB in ${LAYERS} layers, medians of ${rounds}; straight from the upstream ${medianOf(COLD, upstream).toFixed(2)} s\n`,
  );
  console.log(markdownTable(['pull', ...caches.map(({ name }) => name), 'quicker by'], rows));
}
