import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareKeys } from '../keys.ts';
import { SortedKeys } from './sorted-keys.ts';

/** Numbers that look random and are the same in each run. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

test('SortedKeys agrees with a sorted array under random additions, removals and ranges', () => {
  const random = noise(7);
  const keys = new SortedKeys();
  const model = new Set<string>();
  for (let step = 0; step < 20_000; step++) {
    const key = `/${Math.floor(random.next().value * 20)}/${Math.floor(random.next().value * 400)}`;
    if (random.next().value < 0.6) {
      if (!model.has(key)) keys.add(key);
      model.add(key);
    } else {
      keys.delete(key);
      model.delete(key);
    }
    if (step % 500 !== 0) continue;
    const sorted = [...model].sort(compareKeys);
    for (const prefix of ['', '/', '/1', '/1/', '/19/', '/2/39', '/zzz']) {
      for (const after of ['', '/1/2', '/2/', key, '/9']) {
        const expected = sorted.filter((each) => each.startsWith(prefix) && compareKeys(each, after) > 0);
        assert.deepEqual([...keys.range(prefix, after)], expected);
        assert.equal(keys.count(prefix, after), expected.length);
      }
    }
  }
});
