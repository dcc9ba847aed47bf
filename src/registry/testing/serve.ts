/**
 * A registry as a program, for tests that kill it: `node serve.ts DIR [EVERY_MS]` prints its URL, and collects what is untagged every
 * EVERY_MS.
 */
import { openRegistry } from '../registry.ts';
import { openFolderStorage } from '../storage/adapters.ts';

const HOUR_MS = 3_600_000;
const [dir = '', everyMs] = process.argv.slice(2);
const collection = { everyMs: Number(everyMs), graceMs: HOUR_MS, uploadTtlMs: HOUR_MS, untagged: true };
const { address } = await openRegistry({
  host: '127.0.0.1',
  port: 0,
  storage: openFolderStorage({ dir }),
  ...(everyMs === undefined ? {} : { collection }),
});
console.log(`http://127.0.0.1:${address.port}`);
