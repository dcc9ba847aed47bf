import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { errorMessage } from '#base';
import type { Entry, SwapResult, Value } from '../contract.ts';
import type { Expiration, Failure, Outcome, SqliteLimits, Write } from './protocol.ts';
import { NEWEST } from './schema.ts';

/** Keys that expire in one transaction. */
const EXPIRE_AT_ONCE = 256;
/** Changes that are forgotten in one transaction beside those that the writes in it pay for. */
const SWEEP_STEP = 64;

/** SQLITE_FULL. */
const DISK_FULL = 13;

/** Applies writes to the database, many in one transaction. Everything is synchronous: it lives in a worker. */
export class Writer {
  readonly #database: DatabaseSync;
  readonly #limits: SqliteLimits;
  readonly #statements: ReturnType<typeof prepare>;
  /** As of the last commit; while a transaction runs, as of its last write. */
  #newest: number;
  #compacted: number;
  /** The oldest revision that may still be in the log. */
  #swept: number;
  #freeableBytes: number;

  constructor(database: DatabaseSync, limits: SqliteLimits) {
    this.#database = database;
    this.#limits = limits;
    this.#statements = prepare(database);
    const state = database
      .prepare(`SELECT ${NEWEST} AS newest, compacted, (SELECT min(revision) FROM log) AS oldest,
        (SELECT coalesce(sum(freed), 0) FROM log) AS freeable FROM store`)
      .get();
    this.#newest = Number(state?.newest);
    this.#compacted = Number(state?.compacted);
    this.#swept = state?.oldest === null ? this.#newest : Number(state?.oldest) - 1;
    this.#freeableBytes = Number(state?.freeable);
  }

  /** The newest revision. */
  get newest(): number {
    return this.#newest;
  }

  /** Whether there are forgotten changes to be removed. */
  get isSweepDue(): boolean {
    return this.#swept < this.#compacted;
  }

  /** When the next key expires (Unix time in ms), or undefined. */
  nextExpiryMs(): number | undefined {
    const at = this.#statements.nextExpiry.get()?.at_ms;
    return typeof at === 'number' ? at : undefined;
  }

  /** Does the writes in one transaction. Where that fails, each is tried alone, so that one does not fail for another. */
  apply(writes: readonly Write[]): Outcome[] {
    try {
      return this.#transaction(() => {
        const outcomes = writes.map((write) => this.#apply(write));
        this.#forget(writes.length);
        return outcomes;
      });
    } catch (error) {
      if (writes.length === 1) return [this.#failure(error)];
      return writes.flatMap((write) => this.apply([write]));
    }
  }

  /** Removes keys whose time is over, some at a time: call it again while it gives any. */
  expire(nowMs: number): Expiration[] {
    return this.#transaction(() => {
      const gone: Expiration[] = [];
      for (const { revision, key } of this.#statements.due.all(nowMs, EXPIRE_AT_ONCE)) {
        this.#statements.forgetExpiry.run(revision ?? 0);
        const current = this.#current(String(key));
        if (current?.revision !== revision || current === undefined) continue;
        const previous = this.#entry(current);
        gone.push({ revision: this.#remove(current, previous), previous });
      }
      this.#forget(gone.length);
      return gone;
    });
  }

  /** Removes some of the forgotten changes. */
  sweep(): void {
    this.#transaction(() => this.#sweep(SWEEP_STEP));
  }

  #apply(write: Write): Outcome {
    switch (write.kind) {
      case 'put':
        return this.#put(write);
      case 'delete':
        return this.#delete(write);
      case 'compact':
        return this.#compact(write.revision);
      case 'advance':
        this.#setCompacted(Math.max(write.revision, this.#newest));
        this.#newest = this.#compacted;
        return { newest: this.#newest };
    }
  }

  #put({ key, value, expected, ttlSeconds }: Extract<Write, { kind: 'put' }>): SwapResult {
    const current = this.#current(key);
    if ((current?.revision ?? 0) !== expected) return this.#refusal(current);
    const previous = current && this.#entry(current);
    const revision = this.#newest + 1;
    this.#log(revision, key, previous, 0);
    this.#statements.insertValue.run(revision, value);
    this.#statements.setCurrent.run(key, revision);
    if (ttlSeconds !== undefined) {
      const atMs = Math.min(Date.now() + Math.ceil(ttlSeconds * 1000), Number.MAX_SAFE_INTEGER);
      this.#statements.insertExpiry.run(revision, key, atMs);
    }
    return { done: true, revision, previous };
  }

  #delete({ key, expected }: Extract<Write, { kind: 'delete' }>): SwapResult {
    const current = this.#current(key);
    if (current === undefined || current.revision !== expected) return this.#refusal(current);
    const previous = this.#entry(current);
    return { done: true, revision: this.#remove(current, previous), previous };
  }

  #remove({ key }: { key: string }, previous: Entry): number {
    const revision = this.#newest + 1;
    this.#log(revision, key, previous, 1);
    this.#statements.deleteCurrent.run(key);
    return revision;
  }

  #log(revision: number, key: string, previous: Entry | undefined, deleted: 0 | 1): void {
    const freed = previous === undefined ? 0 : previous.value.length;
    this.#statements.insertLog.run(revision, key, previous?.modRevision ?? 0, deleted, freed);
    this.#newest = revision;
    this.#freeableBytes += freed;
  }

  #current(key: string): { key: string; revision: number } | undefined {
    const row = this.#statements.current.get(key);
    return row === undefined ? undefined : { key, revision: Number(row.revision) };
  }

  #entry({ key, revision }: { key: string; revision: number }): Entry {
    const value = this.#statements.value.get(revision)?.value as Value | undefined;
    if (value === undefined) throw new Error(`the value of ${key} at revision ${revision} is missing`);
    return { key, value, modRevision: revision };
  }

  #refusal(current: { key: string; revision: number } | undefined): SwapResult {
    return { done: false, current: current && this.#entry(current), revision: this.#newest };
  }

  #compact(revision: number): Outcome {
    if (revision > this.#newest) return { failure: 'the revision does not exist yet', tooLargeFor: this.#newest };
    if (revision > this.#compacted) this.#setCompacted(revision);
    return { newest: this.#newest };
  }

  #setCompacted(revision: number): void {
    this.#statements.setCompacted.run(revision);
    this.#compacted = revision;
  }

  /** Keeps the history within its limits: what `writes` changes added, as many and some more are taken away. */
  #forget(writes: number): void {
    const tooMany = this.#newest - this.#limits.historyChanges;
    const isTooBig = this.#freeableBytes > this.#limits.historyBytes;
    const step = 2 * writes + SWEEP_STEP;
    const target = isTooBig ? Math.max(tooMany, Math.min(this.#swept + step, this.#newest)) : tooMany;
    // In steps, so that the row that keeps the figure is not written with each transaction.
    if (target > this.#compacted && (isTooBig || target >= this.#compacted + SWEEP_STEP)) this.#setCompacted(target);
    if (this.isSweepDue) this.#sweep(step);
  }

  #sweep(step: number): void {
    const last = this.#statements.sweepEnd.get(this.#compacted, step)?.revision;
    const to = typeof last === 'number' ? last : this.#compacted;
    this.#freeableBytes -= Number(this.#statements.freeable.get(to)?.bytes);
    this.#statements.deleteValues.run(to);
    this.#statements.deleteLog.run(to);
    this.#swept = to;
  }

  #transaction<T>(work: () => T): T {
    const before = [this.#newest, this.#compacted, this.#swept, this.#freeableBytes] as const;
    try {
      this.#statements.begin.run();
      const result = work();
      this.#statements.commit.run();
      return result;
    } catch (error) {
      [this.#newest, this.#compacted, this.#swept, this.#freeableBytes] = before;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #failure(error: unknown): Failure {
    const isFull = error instanceof Error && 'errcode' in error && error.errcode === DISK_FULL;
    if (isFull) return { failure: `the disk of ${this.#database.location()} is full: free some space and try again` };
    return { failure: `${this.#database.location()}: ${errorMessage(error)}` };
  }
}

function prepare(
  database: DatabaseSync,
): Record<
  | 'begin'
  | 'commit'
  | 'current'
  | 'value'
  | 'setCurrent'
  | 'deleteCurrent'
  | 'insertValue'
  | 'insertLog'
  | 'insertExpiry'
  | 'nextExpiry'
  | 'due'
  | 'forgetExpiry'
  | 'setCompacted'
  | 'sweepEnd'
  | 'freeable'
  | 'deleteValues'
  | 'deleteLog',
  StatementSync
> {
  const sql = (text: string) => database.prepare(text);
  return {
    begin: sql('BEGIN IMMEDIATE'),
    commit: sql('COMMIT'),
    current: sql('SELECT revision FROM current WHERE key = ?'),
    value: sql('SELECT value FROM value WHERE revision = ?'),
    setCurrent: sql('INSERT OR REPLACE INTO current (key, revision) VALUES (?, ?)'),
    deleteCurrent: sql('DELETE FROM current WHERE key = ?'),
    insertValue: sql('INSERT INTO value (revision, value) VALUES (?, ?)'),
    insertLog: sql('INSERT INTO log (revision, key, previous, deleted, freed) VALUES (?, ?, ?, ?, ?)'),
    insertExpiry: sql('INSERT INTO expiry (revision, key, at_ms) VALUES (?, ?, ?)'),
    nextExpiry: sql('SELECT min(at_ms) AS at_ms FROM expiry'),
    due: sql('SELECT revision, key FROM expiry WHERE at_ms <= ? ORDER BY at_ms LIMIT ?'),
    forgetExpiry: sql('DELETE FROM expiry WHERE revision = ?'),
    setCompacted: sql('UPDATE store SET compacted = ?'),
    sweepEnd: sql(
      'SELECT max(revision) AS revision FROM (SELECT revision FROM log WHERE revision <= ? ORDER BY revision LIMIT ?)',
    ),
    freeable: sql('SELECT coalesce(sum(freed), 0) AS bytes FROM log WHERE revision <= ?'),
    deleteValues: sql(`DELETE FROM value WHERE revision IN (SELECT previous FROM log WHERE revision <= ?)`),
    deleteLog: sql('DELETE FROM log WHERE revision <= ?'),
  };
}
