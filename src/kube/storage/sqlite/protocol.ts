import type { Entry, SwapResult, Value } from '../contract.ts';

/** One write for the worker. */
export type Write =
  | { kind: 'put'; key: string; value: Value; expected: number; ttlSeconds: number | undefined }
  | { kind: 'delete'; key: string; expected: number }
  | { kind: 'compact'; revision: number }
  | { kind: 'advance'; revision: number };

/** What became of a write: of `compact` and `advance`, the newest revision. */
export type Outcome = SwapResult | { newest: number } | Failure;

/** Why a write was not done; `isTooLarge` where the revision to compact does not exist yet. */
export interface Failure {
  failure: string;
  /** `newest` where a revision was asked for that is newer than it. */
  tooLargeFor?: number;
}

/** A key that went because its time was over. */
export interface Expiration {
  revision: number;
  previous: Entry;
}

/** To the worker: writes to do in this order, or that there will be no more. */
export type Request = { writes: Write[] } | 'close';

/** From the worker: that it is open, the outcomes of writes in the order of the requests, and what happened by itself. */
export type Report = { newest: number } | { outcomes: Outcome[] } | { expirations: Expiration[] };

/** How much of the past is kept: whatever is reached first makes the oldest changes go. */
export interface SqliteLimits {
  /** Number of changes. */
  historyChanges: number;
  /** Bytes of values that are not current any more. */
  historyBytes: number;
}

/** What the worker starts with. */
export interface WriterData {
  path: string;
  limits: SqliteLimits;
}
