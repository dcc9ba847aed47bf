/**
 * Compares container engines on this machine, side by side in one run:
 * `node bench/engine.ts [--rounds N] [--only a,b] [--peers hako,docker,podman] [--containers N] [--json FILE]`
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { commandLine } from './engine/command-line.ts';
import { exec } from './engine/exec.ts';
import { BenchFolders } from './engine/folders.ts';
import { buildRootfs, importImage } from './engine/image.ts';
import { lifecycle } from './engine/lifecycle.ts';
import type { Measure } from './engine/measure.ts';
import { memory } from './engine/memory.ts';
import { machineText, resultTable } from './engine/report.ts';
import { type Result, runMeasure } from './engine/run.ts';
import { scale } from './engine/scale.ts';
import { throughput } from './engine/throughput.ts';
import { describeMachine } from './lib/machine.ts';
import { Peer, peerPlans } from './peers/mod.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    only: { type: 'string' },
    peers: { type: 'string', default: Object.keys(peerPlans).join(',') },
    containers: { type: 'string', default: '500' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const measures: readonly Measure[] = [
  lifecycle('bridge'),
  lifecycle('none'),
  commandLine,
  throughput,
  exec,
  memory,
  scale(Number(flags.containers)),
];

/** Starts every engine that is installed, with the image in it; says which are missing, and why. */
async function startPeers(folders: BenchFolders, scope: AsyncDisposableStack): Promise<Peer[]> {
  const tar = await buildRootfs(folders.disk);
  const peers: Peer[] = [];
  for (const name of flags.peers.split(',')) {
    try {
      peers.push(scope.use(await startPeer(name, folders, tar)));
    } catch (error) {
      console.error(`${name} is left out: ${error instanceof Error ? error.message : error}`);
    }
  }
  return peers;
}

async function startPeer(name: string, folders: BenchFolders, tar: Buffer): Promise<Peer> {
  const plan = peerPlans[name]?.(folders.of(name));
  if (plan === undefined) throw new Error('not installed here');
  const peer = await Peer.start(plan);
  try {
    await importImage(peer, tar);
    return peer;
  } catch (error) {
    await peer[Symbol.asyncDispose]();
    throw error;
  }
}

function chosenMeasures(): readonly Measure[] {
  const names = flags.only?.split(',') ?? measures.map(({ name }) => name);
  const unknown = names.filter((name) => !measures.some((measure) => measure.name === name));
  if (unknown.length === 0) return measures.filter(({ name }) => names.includes(name));
  throw new Error(`no measure ${unknown.join(', ')}; there are ${measures.map(({ name }) => name).join(', ')}`);
}

function cleanUpAndExit(scope: AsyncDisposableStack): void {
  void scope.disposeAsync().finally(() => process.exit(130));
}

async function main(): Promise<void> {
  const chosen = chosenMeasures();
  await using scope = new AsyncDisposableStack();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => cleanUpAndExit(scope));
  const folders = scope.use(new BenchFolders());
  const machine = await describeMachine(folders.disk);
  const peers = await startPeers(folders, scope);
  const results: Result[] = [];
  for (const measure of chosen) results.push(...(await runMeasure(measure, peers, Number(flags.rounds))));
  const versions = Object.fromEntries(peers.map(({ name, version }) => [name, version]));
  const names = peers.map(({ name }) => name);
  console.log(`${machineText(machine)}\n${names.map((name) => `${name} ${versions[name]}`).join(', ')}\n`);
  console.log(`Median (p90 where there are several rounds).\n\n${resultTable(results, names)}`);
  if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ machine, versions, results }, null, 2)}\n`);
}

if (flags.help) console.log(`Measures: ${measures.map(({ name }) => name).join(', ')}`);
else await main();
