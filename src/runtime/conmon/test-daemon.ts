/** A little daemon for faults.root.test.ts: makes, uses and removes containers until it is killed. Arguments: fixture folder, crun. */
import { newId } from '#base';
import { openFixture } from './test-fixture.ts';

const [folder = '', crun = ''] = process.argv.slice(2);
const { runtime, request } = await openFixture({ name: 'crun', path: crun, args: [] }, folder);

async function oneLife(): Promise<void> {
  const id = newId();
  const sleeper = request(id, ['sleep', 'infinity']);
  await runtime.create(sleeper, {});
  await runtime.start(id);
  const process = { ...sleeper.spec.process, args: ['sleep', '1000'] };
  const shared = { process, terminal: false, openStdin: false };
  await runtime.exec(id, { execId: newId(), ...shared, detached: true }, {});
  await runtime.exec(id, { execId: newId(), ...shared, detached: false }, {});
  if (Math.random() < 0.7) await runtime.delete(id, { force: true });
}

process.stdout.write('ready\n');
for (;;) await Promise.all([oneLife(), oneLife()]);
