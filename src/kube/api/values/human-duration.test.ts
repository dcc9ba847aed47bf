import assert from 'node:assert/strict';
import { test } from 'node:test';
import { humanAge, humanDuration } from './human-duration.ts';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const YEAR = 365 * DAY;

const DURATIONS: readonly (readonly [number, string])[] = [
  [-2, '<invalid>'],
  [-1, '0s'],
  [0, '0s'],
  [1, '1s'],
  [119, '119s'],
  [120, '2m'],
  [125, '2m5s'],
  [10 * MINUTE - 1, '9m59s'],
  [10 * MINUTE, '10m'],
  [10 * MINUTE + 5, '10m'],
  [3 * HOUR - 1, '179m'],
  [3 * HOUR, '3h'],
  [3 * HOUR + 4 * MINUTE, '3h4m'],
  [8 * HOUR - 1, '7h59m'],
  [8 * HOUR, '8h'],
  [8 * HOUR + 59 * MINUTE, '8h'],
  [48 * HOUR - 1, '47h'],
  [48 * HOUR, '2d'],
  [2 * DAY + 3 * HOUR, '2d3h'],
  [8 * DAY - 1, '7d23h'],
  [8 * DAY, '8d'],
  [45 * DAY, '45d'],
  [2 * YEAR - 1, '729d'],
  [2 * YEAR, '2y'],
  [2 * YEAR + 10 * DAY, '2y10d'],
  [8 * YEAR - 1, '7y364d'],
  [8 * YEAR, '8y'],
  [20 * YEAR + 100 * DAY, '20y'],
];

for (const [seconds, text] of DURATIONS) {
  test(`humanDuration prints ${seconds} s as ${text}`, () => {
    assert.equal(humanDuration(seconds * 1000), text);
  });
}

test('humanAge says that it does not know the age of what has no time', () => {
  assert.equal(humanAge(undefined, 0), '<unknown>');
  assert.equal(humanAge(null, 0), '<unknown>');
  assert.equal(humanAge('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z')), '5m');
});
