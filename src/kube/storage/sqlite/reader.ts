import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Change, Entry, Value } from '../contract.ts';
import { listExpired, tooLargeRevision } from '../errors.ts';
import { compareKeys, prefixEnd } from '../keys.ts';
import { NEWEST, openForReading } from './schema.ts';

/** A key and the revision of its value. */
export interface Reference {
  readonly key: string;
  readonly revision: number;
}

/** The keys of a range: from `lower` to before `upper`. */
export interface Bounds {
  readonly lower: string;
  readonly upper: string | Uint8Array;
}

/** In SQLite's order every blob stands behind every text. */
const BEHIND_ALL = Uint8Array.of(0);

/** The keys that start with `prefix` and are greater than `after`. */
export function boundsOf(prefix: string, after: string): Bounds {
  const upper = prefixEnd(prefix) ?? BEHIND_ALL;
  // NUL makes the smallest key behind a key.
  return { lower: compareKeys(after, prefix) >= 0 && after !== '' ? `${after}\0` : prefix, upper };
}

/** One connection that reads; each method but those between `begin` and `end` sees the newest commit. */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #newest: StatementSync;
  readonly #get: StatementSync;
  readonly #count: StatementSync;
  readonly #keys: StatementSync;
  readonly #differences: StatementSync;
  readonly #value: StatementSync;
  readonly #log: StatementSync;

  constructor(path: string) {
    this.#database = openForReading(path);
    const sql = (text: string) => this.#database.prepare(text);
    this.#newest = sql(`SELECT ${NEWEST} AS newest, compacted FROM store`);
    this.#get = sql(`SELECT ${NEWEST} AS newest, c.revision, v.value FROM (SELECT 1)
      LEFT JOIN current AS c ON c.key = ? LEFT JOIN value AS v ON v.revision = c.revision`);
    this.#count = sql('SELECT count(*) AS count FROM current WHERE key >= ? AND key < ?');
    this.#keys = sql('SELECT key, revision FROM current WHERE key >= ? AND key < ? ORDER BY key');
    this.#differences = sql(
      `SELECT key, previous FROM log WHERE revision > ? AND key >= ? AND key < ? ORDER BY revision`,
    );
    this.#value = sql('SELECT value FROM value WHERE revision = ?');
    this.#log = sql(`SELECT revision, key, previous, deleted FROM log
      WHERE revision > ? AND revision <= ? AND key >= ? AND key < ? ORDER BY revision`);
  }

  /** Starts to show one state of the database, until `end`. */
  begin(): void {
    this.#database.exec('BEGIN');
  }

  end(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('COMMIT');
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  newest(): { newest: number; compacted: number } {
    const row = this.#newest.get();
    return { newest: Number(row?.newest), compacted: Number(row?.compacted) };
  }

  get(key: string): { entry: Entry | undefined; revision: number } {
    const row = this.#get.get(key);
    const revision = Number(row?.newest);
    if (typeof row?.revision !== 'number') return { entry: undefined, revision };
    return { entry: { key, value: row.value as Value, modRevision: row.revision }, revision };
  }

  count({ lower, upper }: Bounds): number {
    return Number(this.#count.get(lower, upper)?.count);
  }

  /** The revision to list at, checked: `asked`, or the newest. */
  listRevision(asked: number | undefined): { revision: number; isNewest: boolean } {
    const { newest, compacted } = this.newest();
    if (asked === undefined) return { revision: newest, isNewest: true };
    if (asked > newest) throw tooLargeRevision(asked, newest);
    if (asked < compacted) throw listExpired();
    return { revision: asked, isNewest: asked === newest };
  }

  /** What the keys of a range had at `revision`, where it was something else than today: 0 for nothing. */
  differencesAt(revision: number, { lower, upper }: Bounds): Map<string, number> {
    const then = new Map<string, number>();
    for (const row of this.#differences.iterate(revision, lower, upper)) {
      const key = String(row.key);
      if (!then.has(key)) then.set(key, Number(row.previous));
    }
    return then;
  }

  /** Today's keys of a range, in order. */
  *keys({ lower, upper }: Bounds): Generator<Reference, void> {
    for (const row of this.#keys.iterate(lower, upper)) yield { key: String(row.key), revision: Number(row.revision) };
  }

  /** The value of a key at a revision that wrote it. */
  entry({ key, revision }: Reference): Entry {
    const value = this.#value.get(revision)?.value as Value | undefined;
    if (value === undefined) throw new Error(`the value of ${key} at revision ${revision} is missing`);
    return { key, value, modRevision: revision };
  }

  /**
   * The changes below `prefix` after a revision, up to another or as many as can be read in `timeMs`. They are all up to the
   * revision that it answers.
   */
  changes(prefix: string, after: number, upTo: number, timeMs: number): { changes: Change[]; upTo: number } {
    const { lower, upper } = boundsOf(prefix, '');
    const endMs = performance.now() + timeMs;
    const changes: Change[] = [];
    for (const row of this.#log.iterate(after, upTo, lower, upper)) {
      const key = String(row.key);
      const revision = Number(row.revision);
      const previous = this.#previous(key, Number(row.previous));
      if (row.deleted === 1) changes.push({ type: 'delete', key, value: undefined, revision, previous });
      else changes.push({ type: 'put', key, value: this.entry({ key, revision }).value, revision, previous });
      if (performance.now() > endMs) return { changes, upTo: revision };
    }
    return { changes, upTo };
  }

  /** Undefined also where the value is compacted. */
  #previous(key: string, revision: number): Entry | undefined {
    const value = revision === 0 ? undefined : (this.#value.get(revision)?.value as Value | undefined);
    return value === undefined ? undefined : { key, value, modRevision: revision };
  }
}
