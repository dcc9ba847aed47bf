/** Hundreds of idle containers on one engine: starting, listing, and the return of a daemon that was killed. */
import { timeCommand } from '../lib/command.ts';
import { usedMb } from '../lib/memory.ts';
import { summarise } from '../lib/stats.ts';
import type { Peer } from '../peers/mod.ts';
import { removeAll, startIdle } from './container.ts';
import { type Measure, type Sample, stateless } from './measure.ts';

const LISTINGS = 11;

export function scale(containers: number): Measure {
  const title = (text: string) => `${containers} idle: ${text}`;
  return {
    name: 'scale',
    rows: [
      { key: 'start', title: title('create + start, 8 at once'), unit: 's', better: 'less' },
      { key: 'list', title: title('list over the API'), unit: 'ms', better: 'less', bar: 100 },
      { key: 'ps', title: title('ps, whole process'), unit: 'ms', better: 'less', bar: 100 },
      { key: 'restart', title: title('daemon back after kill -9'), unit: 's', better: 'less', bar: 2 },
      { key: 'engine', title: title('engine, Pss'), unit: 'MB', better: 'less' },
      { key: 'machine', title: title('machine, memory in use'), unit: 'MB', better: 'less' },
      { key: 'remove', title: title('remove, 8 at once'), unit: 's', better: 'less' },
    ],
    warmUps: 0,
    maxRounds: 1,
    open: async (peer) => stateless(() => measure(peer, containers)),
  };
}

async function measure(peer: Peer, containers: number): Promise<Sample> {
  const usedBeforeMb = usedMb();
  const [ids, startMs] = await timed(() => startIdle(peer, containers, 8));
  const machine = usedMb() - usedBeforeMb;
  const engine = peer.processes().reduce((total, { pssMb }) => total + pssMb, 0);
  const list = await median(async () => (await timed(() => expectRunning(peer, containers)))[1]);
  const ps = await median(() => timeCommand(peer.cli('ps'), { env: peer.plan.env }));
  const restartMs = await restart(peer, containers);
  const [, removeMs] = await timed(() => removeAll(peer, ids));
  return { start: startMs / 1000, list, ps, restart: restartMs / 1000, engine, machine, remove: removeMs / 1000 };
}

/** From the start of a new daemon until it lists every container as running. */
async function restart(peer: Peer, containers: number): Promise<number> {
  await peer.kill();
  const [, tookMs] = await timed(async () => {
    await peer.restart();
    await expectRunning(peer, containers);
  });
  return tookMs;
}

async function expectRunning(peer: Peer, expected: number): Promise<void> {
  const running = await peer.api.json<{ State: string }[]>('GET', '/containers/json');
  if (running.length !== expected) throw new Error(`${peer.name} lists ${running.length} of ${expected} containers`);
}

async function median(work: () => Promise<number>): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < LISTINGS; round += 1) samples.push(await work());
  return summarise(samples)?.median ?? Number.NaN;
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startedMs = performance.now();
  const result = await work();
  return [result, performance.now() - startedMs];
}
