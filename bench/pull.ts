/**
 * Compares pull and push between engines and one local registry, side by side in one run:
 * `node bench/pull.ts [--rounds N] [--peers hako,docker,podman] [--layers N] [--megabytes N] [--json FILE]`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BenchFolders } from './engine/folders.ts';
import { machineText, resultTable } from './engine/report.ts';
import { runMeasure } from './engine/run.ts';
import { describeMachine } from './lib/machine.ts';
import { Peer, peerPlans } from './peers/mod.ts';
import { makeLayout } from './pull/image.ts';
import { transfers } from './pull/measures.ts';
import { fillRegistry, withRegistries } from './pull/registry.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    peers: { type: 'string', default: Object.keys(peerPlans).join(',') },
    layers: { type: 'string', default: '10' },
    megabytes: { type: 'string', default: '500' },
    json: { type: 'string' },
  },
});

async function startPeers(folders: BenchFolders, registry: string, scope: AsyncDisposableStack): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const name of flags.peers.split(',')) {
    const plan = peerPlans[name]?.(folders.of(name));
    if (plan === undefined) console.error(`${name} is left out: not installed here`);
    else peers.push(scope.use(await Peer.start(withRegistries(plan, registry))));
  }
  return peers;
}

await using scope = new AsyncDisposableStack();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void scope.disposeAsync().finally(() => process.exit(130)));
const folders = scope.use(new BenchFolders());
const machine = await describeMachine(folders.disk);
const registry = `${folders.disk}/registry`;
mkdirSync(registry);
await makeLayout(`${registry}/layout`, Number(flags.layers), Number(flags.megabytes) * 1e6);
await fillRegistry(registry, `${registry}/layout`, ['big', 'next']);
const peers = await startPeers(folders, registry, scope);
const results = await runMeasure(transfers, peers, Number(flags.rounds));
const names = peers.map(({ name }) => name);
const versions = Object.fromEntries(peers.map(({ name, version }) => [name, version]));
console.log(`${machineText(machine)}\n${names.map((name) => `${name} ${versions[name]}`).join(', ')}\n`);
console.log(`Median (p90) of ${flags.rounds} rounds; ${flags.layers} layers, ${flags.megabytes} MB.\n`);
console.log(resultTable(results, names));
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ machine, versions, results }, null, 2)}\n`);
