/** A daemon for one test: serves until its standard input ends, then takes every trace of itself away. */
import { loadSettings, openDaemon } from '#daemon';

const [root, run] = process.argv.slice(2);
const daemon = await openDaemon(loadSettings({ root, run }, {}));
process.stdout.write('ready\n');
process.stdin.resume();
await new Promise((resolve) => process.stdin.once('end', resolve));
const { containers } = daemon.engine;
for (const { id } of containers.list()) await containers.remove(id, { force: true, volumes: true });
await daemon.engine.purge();
await daemon[Symbol.asyncDispose]();
process.exit();
