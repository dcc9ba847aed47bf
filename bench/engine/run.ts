/** Runs measures on engines in interleaved rounds (A B C A B C …), so that noise of the machine hits all alike. */
import { type Summary, summarise } from '../lib/stats.ts';
import type { Peer } from '../peers/mod.ts';
import type { Measure, Row, Sample, Session } from './measure.ts';

/** One figure of every engine; engines that failed are missing. */
export interface Result {
  readonly measure: string;
  readonly row: Row;
  readonly summaries: Readonly<Record<string, Summary>>;
}

/** Answers the results of one measure. An engine that fails is left out from there on, and reported. */
export async function runMeasure(measure: Measure, peers: readonly Peer[], rounds: number): Promise<Result[]> {
  const samples = new Map<Peer, Sample[]>();
  await using scope = new AsyncDisposableStack();
  const sessions = await openSessions(measure, peers, scope);
  const total = measure.warmUps + Math.min(rounds, measure.maxRounds ?? rounds);
  for (let round = 0; round < total; round += 1) {
    for (const [peer, session] of sessions) {
      const sample = await attempt(measure, peer, () => session.round());
      if (sample === undefined) sessions.delete(peer);
      else if (round >= measure.warmUps) samples.set(peer, [...(samples.get(peer) ?? []), sample]);
    }
  }
  return measure.rows.map((row) => ({ measure: measure.name, row, summaries: summariesOf(row, samples) }));
}

async function openSessions(
  measure: Measure,
  peers: readonly Peer[],
  scope: AsyncDisposableStack,
): Promise<Map<Peer, Session>> {
  const sessions = new Map<Peer, Session>();
  for (const peer of peers) {
    const session = await attempt(measure, peer, () => measure.open(peer));
    if (session === undefined) continue;
    scope.defer(async () => {
      await attempt(measure, peer, async () => session[Symbol.asyncDispose]());
    });
    sessions.set(peer, session);
  }
  return sessions;
}

async function attempt<T>(measure: Measure, peer: Peer, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    console.error(`${measure.name}: ${peer.name} failed: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

function summariesOf(row: Row, samples: ReadonlyMap<Peer, readonly Sample[]>): Record<string, Summary> {
  const pairs = [...samples].map(([peer, rounds]) => {
    const values = rounds.map((sample) => sample[row.key]).filter((value) => value !== undefined);
    return [peer.name, summarise(values)] as const;
  });
  return Object.fromEntries(pairs.filter((pair): pair is [string, Summary] => pair[1] !== undefined));
}
