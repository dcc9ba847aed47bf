import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarise } from './stats.ts';

test('summarise orders samples and interpolates between the nearest two', () => {
  assert.deepEqual(summarise([4, 1, 3, 2]), { count: 4, median: 2.5, p90: 3.7, min: 1, max: 4 });
  assert.deepEqual(summarise([7]), { count: 1, median: 7, p90: 7, min: 7, max: 7 });
  assert.equal(summarise([]), undefined);
});
