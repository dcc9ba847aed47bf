/** Whole containers a second, eight at once. */
import type { Peer } from '../peers/mod.ts';
import { createContainer, inParallel, removeContainer, startContainer, waitContainer } from './container.ts';
import { type Measure, type Sample, stateless } from './measure.ts';

const AT_ONCE = 8;
const CONTAINERS = 24;

export const throughput: Measure = {
  name: 'throughput',
  rows: [{ key: 'rate', title: `${AT_ONCE} at once, bridge`, unit: '/s', better: 'more', shareOfDocker: 4 }],
  warmUps: 1,
  maxRounds: 7,
  open: async (peer) => stateless(() => runMany(peer)),
};

async function runMany(peer: Peer): Promise<Sample> {
  const startedMs = performance.now();
  await inParallel(CONTAINERS, AT_ONCE, () => runOne(peer));
  return { rate: CONTAINERS / ((performance.now() - startedMs) / 1000) };
}

async function runOne(peer: Peer): Promise<void> {
  const id = await createContainer(peer, ['/bin/true'], 'bridge');
  await startContainer(peer, id);
  await waitContainer(peer, id);
  await removeContainer(peer, id);
}
