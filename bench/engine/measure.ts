import type { Peer } from '../peers/mod.ts';

/** One figure of a measure. */
export interface Row {
  readonly key: string;
  readonly title: string;
  readonly unit: 'ms' | 's' | 'MB' | '/s';
  readonly better: 'less' | 'more';
  /** What the engine promises: at most this share of docker's figure (where more is better: at least). */
  readonly shareOfDocker?: number;
  /** What the engine promises whatever others do. */
  readonly bar?: number;
}

/** The figures of one round, by the keys of the rows. */
export type Sample = Readonly<Record<string, number>>;

/** A measure at work on one engine: made once, run once a round, disposed at the end. */
export interface Session extends AsyncDisposable {
  round(): Promise<Sample>;
}

/** Something that is measured the same way on every engine. */
export interface Measure {
  readonly name: string;
  readonly rows: readonly Row[];
  /** Rounds whose figures are thrown away. */
  readonly warmUps: number;
  /** Limits the number of rounds, for what takes long. */
  readonly maxRounds?: number;
  open(peer: Peer): Promise<Session>;
}

/** A session that holds nothing between rounds. */
export function stateless(round: () => Promise<Sample>): Session {
  return { round, [Symbol.asyncDispose]: async () => {} };
}
