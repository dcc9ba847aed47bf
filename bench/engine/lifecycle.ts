/** create, start, wait and remove of `true` over the API, one after the other on an open connection. */
import type { Peer } from '../peers/mod.ts';
import { createContainer, type NetworkMode, removeContainer, startContainer, waitContainer } from './container.ts';
import { type Measure, type Sample, stateless } from './measure.ts';

const PHASES = ['create', 'start', 'wait', 'remove'] as const;

export function lifecycle(network: NetworkMode): Measure {
  return {
    name: `lifecycle-${network}`,
    rows: [
      {
        key: 'total',
        title: `create + start + wait + remove, ${network}`,
        unit: 'ms',
        better: 'less',
        shareOfDocker: 1 / 4,
      },
      ...PHASES.map((phase) => ({ key: phase, title: `– ${phase}`, unit: 'ms' as const, better: 'less' as const })),
    ],
    warmUps: 2,
    open: async (peer) => stateless(() => runOnce(peer, network)),
  };
}

async function runOnce(peer: Peer, network: NetworkMode): Promise<Sample> {
  const marks = [performance.now()];
  const mark = () => marks.push(performance.now());
  const id = await createContainer(peer, ['/bin/true'], network);
  mark();
  await startContainer(peer, id);
  mark();
  await waitContainer(peer, id);
  mark();
  await removeContainer(peer, id);
  mark();
  return sampleOf(marks);
}

function sampleOf(marks: readonly number[]): Sample {
  const between = (from: number, to: number) => (marks[to] ?? 0) - (marks[from] ?? 0);
  const phases = PHASES.map((phase, index) => [phase, between(index, index + 1)] as const);
  return { total: between(0, PHASES.length), ...Object.fromEntries(phases) };
}
