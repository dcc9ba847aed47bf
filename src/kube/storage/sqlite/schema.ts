import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolders } from '#base';
import { migrate, openDatabase } from '#state';

/**
 * `value` holds each value once, under the revision that wrote it; `current` says which of them is the newest of a key. `log` has
 * one row for each change that is remembered: `previous` is the revision that the change took the place of (0: none), whose
 * value goes when the change is forgotten; `freed` is its length. `expiry` has the writes that end by themselves: one counts
 * only while it is the key's newest. The newest revision is that of the log, or `compacted` where the log is empty.
 */
const STEPS = [
  `
  CREATE TABLE store (id INTEGER PRIMARY KEY CHECK (id = 1), compacted INTEGER NOT NULL) STRICT;
  INSERT INTO store VALUES (1, 1);
  CREATE TABLE current (key TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE value (revision INTEGER PRIMARY KEY, value ANY NOT NULL) STRICT;
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY, key TEXT NOT NULL, previous INTEGER NOT NULL, deleted INTEGER NOT NULL, freed INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE expiry (revision INTEGER PRIMARY KEY, key TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
  CREATE INDEX expiry_at ON expiry (at_ms);
  `,
];

/** "hako" in ASCII: tells our files from other SQLite databases (PRAGMA application_id). */
export const APPLICATION_ID = 0x68616b6f;

/** The newest revision, as an SQL expression. */
export const NEWEST = 'max((SELECT compacted FROM store), coalesce((SELECT max(revision) FROM log), 0))';

/** Opens the file for writing, and makes it and its folder where they are not there. */
export function openForWriting(path: string): DatabaseSync {
  makeFolders(dirname(path), 0o700);
  // Secrets are in it: SQLite itself would make the file, its log and its index as the umask says.
  closeSync(openSync(path, 'a', 0o600));
  const database = openDatabase(path);
  // A checkpoint makes commits wait: seldom is cheaper, and 4000 pages (16 MiB) of log are soon read after a crash.
  database.exec(
    `PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = ${64 * 2 ** 20}; PRAGMA cache_size = -2048;`,
  );
  migrate(database, { module: 'kube-storage', steps: STEPS });
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  return database;
}

/** Opens the file for reading; it must have been opened for writing before. */
export function openForReading(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -2048;');
  return database;
}
