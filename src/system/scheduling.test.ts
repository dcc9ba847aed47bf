import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { timeSliceNs } from './scheduling.ts';

const MODULE = JSON.stringify(new URL('./scheduling.ts', import.meta.url).href);

/** What a process of its own prints. */
function run(code: string): unknown {
  const program = `
    import { execFileSync } from 'node:child_process';
    import { getPriority } from 'node:os';
    import { preferShortWaits, timeSliceNs } from ${MODULE};
    ${code}`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
}

test('a thread waits less, keeps its niceness, and passes neither on', { skip: timeSliceNs() === 0 }, () => {
  const own = timeSliceNs();
  assert.ok(own > 100_000);
  const child = `process.stdout.write(String((await import(${MODULE})).timeSliceNs()))`;
  const seen = run(`
    preferShortWaits();
    const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', ${JSON.stringify(child)}];
    const ofChild = Number(execFileSync(process.execPath, flags, { encoding: 'utf8' }));
    console.log(JSON.stringify([timeSliceNs(), getPriority(), ofChild]))`);
  assert.deepEqual(seen, [100_000, getPriority(), own]);
});
