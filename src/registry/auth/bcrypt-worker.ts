/** A thread that compares passwords: one comparison takes a tenth of a second of pure computing. */
import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';

parentPort?.on('message', ({ id, password, hash }: { id: number; password: string; hash: string }) => {
  let matches = false;
  try {
    matches = compareSync(password, hash);
  } catch {
    // A hash that is none matches nothing.
  }
  parentPort?.postMessage({ id, matches });
});
