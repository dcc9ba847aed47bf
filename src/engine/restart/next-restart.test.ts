import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestartPolicy } from '../spec.ts';
import { nextRestart, type RunFacts } from './mod.ts';

const quickFailure: RunFacts = {
  exitCode: 1,
  manuallyStopped: false,
  failureCount: 0,
  startedAtMs: 1_000_000,
  finishedAtMs: 1_000_500,
  daemonStarting: false,
};

const stopped = { manuallyStopped: true };
const success = { exitCode: 0 };
const boot = { daemonStarting: true };

/** Policy, what differs from a quick failure, and whether it is started again. */
const table: [RestartPolicy['Name'], Partial<RunFacts>, boolean][] = [
  ['', {}, false],
  ['no', {}, false],
  ['no', boot, false],
  ['always', {}, true],
  ['always', success, true],
  ['always', stopped, false],
  ['always', { ...stopped, ...boot }, true],
  ['always', { ...success, ...boot }, true],
  ['unless-stopped', {}, true],
  ['unless-stopped', success, true],
  ['unless-stopped', stopped, false],
  ['unless-stopped', boot, true],
  ['unless-stopped', { ...stopped, ...boot }, false],
  ['on-failure', {}, true],
  ['on-failure', success, false],
  ['on-failure', stopped, false],
  ['on-failure', boot, false],
];

for (const [name, changes, restart] of table) {
  test(`policy "${name}" ${restart ? 'restarts' : 'leaves'} a container with ${JSON.stringify(changes)}`, () => {
    assert.equal(nextRestart({ Name: name }, { ...quickFailure, ...changes }).restart, restart);
  });
}

function delayMs(changes: Partial<RunFacts>): number {
  const decision = nextRestart({ Name: 'always' }, { ...quickFailure, ...changes });
  assert.ok(decision.restart);
  return decision.delayMs;
}

test('delays double from 100 ms up to a minute, for ever', () => {
  const delays = [0, 1, 2, 9, 10, 5000].map((failureCount) => delayMs({ failureCount }));
  assert.deepEqual(delays, [100, 200, 400, 51_200, 60_000, 60_000]);
});

test('ten seconds of running begin the delays anew', () => {
  assert.equal(delayMs({ failureCount: 7, finishedAtMs: quickFailure.startedAtMs + 9_999 }), 12_800);
  assert.equal(delayMs({ failureCount: 7, finishedAtMs: quickFailure.startedAtMs + 10_000 }), 100);
});

test('a clock that jumped back between start and end counts as a short run', () => {
  assert.equal(delayMs({ failureCount: 1, finishedAtMs: 0 }), 200);
});

test('a daemon that starts does not wait', () => {
  assert.equal(delayMs({ failureCount: 5, daemonStarting: true }), 0);
});

test('on-failure:N gives up after N restarts, however long the runs were', () => {
  const policy: RestartPolicy = { Name: 'on-failure', MaximumRetryCount: 3 };
  assert.equal(nextRestart(policy, { ...quickFailure, failureCount: 2 }).restart, true);
  assert.equal(nextRestart(policy, { ...quickFailure, failureCount: 3 }).restart, false);
  assert.equal(nextRestart(policy, { ...quickFailure, failureCount: 1, restartCount: 3 }).restart, false);
  assert.equal(nextRestart({ ...policy, MaximumRetryCount: 0 }, { ...quickFailure, failureCount: 99 }).restart, true);
});
