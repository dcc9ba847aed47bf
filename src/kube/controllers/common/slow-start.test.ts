import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowStart } from './slow-start.ts';

test('slowStart calls in batches that double', async () => {
  const waves: number[] = [];
  let running = 0;
  const { succeeded, error } = await slowStart(10, async () => {
    running++;
    await new Promise(setImmediate);
    if (running > 0) waves.push(running);
    running = 0;
  });
  assert.deepEqual([waves, succeeded, error], [[1, 2, 4, 3], 10, undefined]);
});

test('slowStart stops after the batch in which a call fails', async () => {
  const called: number[] = [];
  const result = await slowStart(100, async (at) => {
    called.push(at);
    if (at === 1) throw new Error('over quota');
  });
  assert.deepEqual(called, [0, 1, 2]);
  assert.equal(result.succeeded, 2);
  assert.match(String(result.error), /over quota/);
});
