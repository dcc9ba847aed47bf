/**
 * Where hako's time goes: runs containers one after the other against a daemon that writes its spans (HAKO_TRACE).
 * `node bench/phases.ts [--rounds N] [--network bridge|none] [--trace FILE]`; FILE opens in ui.perfetto.dev.
 */
import { copyFileSync, truncateSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { NetworkMode } from './engine/container.ts';
import { BenchFolders } from './engine/folders.ts';
import { buildRootfs, importImage } from './engine/image.ts';
import { lifecycle } from './engine/lifecycle.ts';
import { type Phase, readPhases } from './engine/phases.ts';
import { markdownTable } from './lib/table.ts';
import { Peer, peerPlans } from './peers/mod.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '50' },
    network: { type: 'string', default: 'bridge' },
    trace: { type: 'string' },
  },
});

const WARM_UPS = 10;

async function main(): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const folders = scope.use(new BenchFolders());
  const trace = `${folders.memory}/trace.json`;
  const plan = peerPlans.hako?.(folders.of('hako'));
  if (plan === undefined) throw new Error('there is no hako in this tree');
  const peer = scope.use(await Peer.start({ ...plan, env: { ...plan.env, HAKO_TRACE: trace } }));
  await importImage(peer, await buildRootfs(folders.disk));
  const session = await lifecycle(flags.network as NetworkMode).open(peer);
  for (let round = 0; round < WARM_UPS; round += 1) await session.round();
  truncateSync(trace, '[\n'.length);
  for (let round = 0; round < Number(flags.rounds); round += 1) await session.round();
  if (flags.trace) copyFileSync(trace, flags.trace);
  console.log(phaseTable(readPhases(trace, Number(flags.rounds))));
}

function phaseTable(phases: readonly Phase[]): string {
  const rows = phases.map(({ path, calls, medianMs, perContainerMs }) => [
    `${'– '.repeat(path.length - 1)}${path.at(-1)}`,
    Number(calls.toFixed(2)).toString(),
    medianMs.toFixed(2),
    perContainerMs.toFixed(2),
  ]);
  return markdownTable(['phase', 'calls', 'median [ms]', 'per container [ms]'], rows);
}

await main();
