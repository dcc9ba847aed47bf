/** The thread that makes one backup: SQLite copies what one snapshot shows, writers go on. */
import { chmodSync, closeSync, openSync, rmSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { openForReading } from './schema.ts';

const { path, partial } = workerData as { path: string; partial: string };
rmSync(partial, { force: true });
// SQLite takes an empty file for a new one, and this one is not for everybody's eyes.
closeSync(openSync(partial, 'w', 0o600));
chmodSync(partial, 0o600);
const database = openForReading(path);
database.prepare('VACUUM INTO ?').run(partial);
database.close();
