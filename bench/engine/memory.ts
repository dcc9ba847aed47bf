/** Memory of an engine at rest, and what it keeps beside each container that sleeps. */
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessMemory } from '../lib/memory.ts';
import type { Peer } from '../peers/mod.ts';
import { removeAll, startIdle } from './container.ts';
import { type Measure, type Sample, stateless } from './measure.ts';

const CONTAINERS = 20;
/** Time for collectors of garbage and lazy shutdowns. */
const SETTLE_MS = 2000;

export const memory: Measure = {
  name: 'memory',
  rows: [
    { key: 'rss', title: 'daemon at rest, Rss', unit: 'MB', better: 'less', bar: 90 },
    { key: 'pss', title: '– Pss', unit: 'MB', better: 'less' },
    { key: 'beside', title: 'beside each idle container, Pss', unit: 'MB', better: 'less', bar: 1 },
    { key: 'growth', title: '– growth of the daemon for each', unit: 'MB', better: 'less' },
  ],
  warmUps: 0,
  maxRounds: 1,
  open: async (peer) => stateless(() => weigh(peer)),
};

/** A fresh daemon first: the bar is about one that has nothing to do, not about what earlier measures left. */
async function weigh(peer: Peer): Promise<Sample> {
  await peer.kill();
  await peer.restart();
  await delay(SETTLE_MS);
  const before = peer.processes();
  const ids = await startIdle(peer, CONTAINERS, 4);
  await delay(SETTLE_MS);
  const after = peer.processes();
  await removeAll(peer, ids);
  return compare(before, after);
}

function compare(before: readonly ProcessMemory[], after: readonly ProcessMemory[]): Sample {
  const daemons = new Set(before.map(({ pid }) => pid));
  const pss = sum(before, 'pssMb');
  const daemonsAfter = sum(
    after.filter(({ pid }) => daemons.has(pid)),
    'pssMb',
  );
  const beside = sum(
    after.filter(({ pid }) => !daemons.has(pid)),
    'pssMb',
  );
  return {
    rss: sum(before, 'rssMb'),
    pss,
    beside: beside / CONTAINERS,
    growth: (daemonsAfter - pss) / CONTAINERS,
  };
}

function sum(processes: readonly ProcessMemory[], key: 'rssMb' | 'pssMb'): number {
  return processes.reduce((total, process) => total + process[key], 0);
}
