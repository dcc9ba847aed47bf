import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaledValue } from './int-or-percent.ts';

test('scaledValue rounds shares as it is told to', () => {
  assert.deepEqual([scaledValue('25%', 10, 'up'), scaledValue('25%', 10, 'down'), scaledValue(7, 10, 'up')], [3, 2, 7]);
  assert.deepEqual(
    [scaledValue('200%', 3, 'up'), scaledValue('0%', 3, 'up'), scaledValue(undefined, 3, 'up')],
    [6, 0, 0],
  );
});

test('scaledValue takes what is no share for nothing', () => {
  for (const text of ['25', '-5%', '1e3%', '%', '5 %', '99999999999%'])
    assert.equal(scaledValue(text, 10, 'up'), 0, text);
});
