import type { DatabaseSync } from '#state';

/**
 * Commits `work` without waiting for the disk. The write-ahead log is one sequence, so the next ordinary commit makes it durable too:
 * for rows that mean nothing before that one. A commit that waits while layers are being written can take a tenth of a second.
 */
export function relaxed(database: DatabaseSync, work: () => unknown): void {
  if (database.isTransaction) {
    work();
    return;
  }
  database.exec('PRAGMA synchronous = NORMAL');
  try {
    work();
  } finally {
    database.exec('PRAGMA synchronous = FULL');
  }
}
