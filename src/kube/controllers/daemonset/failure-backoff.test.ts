import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureBackoff } from './failure-backoff.ts';

test('FailureBackoff doubles its pause for each set and node, up to fifteen minutes', () => {
  const backoff = new FailureBackoff();
  assert.equal(backoff.waitMs('test/log', 'a', 0), 0);
  backoff.replaced('test/log', 'a', 0);
  backoff.replaced('test/log', 'a', 1000);
  assert.deepEqual([backoff.waitMs('test/log', 'a', 1500), backoff.waitMs('test/log', 'b', 1500)], [1500, 0]);
  for (let times = 0; times < 20; times++) backoff.replaced('test/log', 'a', 2000);
  assert.equal(backoff.waitMs('test/log', 'a', 2000), 15 * 60_000);
});

test('FailureBackoff forgets what is long past, and sets that are gone', () => {
  const backoff = new FailureBackoff();
  for (let times = 0; times < 5; times++) backoff.replaced('test/log', 'a', 0);
  backoff.replaced('test/log', 'a', 31 * 60_000);
  assert.equal(backoff.waitMs('test/log', 'a', 31 * 60_000), 1000);
  backoff.forget('test/log');
  assert.equal(backoff.waitMs('test/log', 'a', 31 * 60_000), 0);
});
