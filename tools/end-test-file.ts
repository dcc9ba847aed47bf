/**
 * Loaded into every test file's process: when its tests are done and something still keeps the process alive (a server, a
 * child, a watcher that a test forgot), says what it is and fails, instead of hanging for ever.
 */
import { after } from 'node:test';

const PATIENCE_MS = 20_000;

// The runner itself loads this too; only its children have a context.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  after(() => {
    setTimeout(() => {
      console.error(`${process.argv[1]} does not end, because of: ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, PATIENCE_MS).unref();
  });
}
