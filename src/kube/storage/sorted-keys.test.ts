import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { compareKeys } from './keys.ts';
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

const below = (keys: SortedKeys, prefix: string, after = '') => [...keys.range(prefix, after)];

describe('SortedKeys', () => {
  it('keeps keys in order', () => {
    const keys = new SortedKeys();
    for (const key of ['/r/b', '/r/c', '/r/a', '/r/d']) keys.add(key);
    keys.delete('/r/c');
    keys.delete('/r/nothing');
    assert.deepEqual(below(keys, '/r/'), ['/r/a', '/r/b', '/r/d']);
  });

  it('gives the keys below a prefix and no neighbours', () => {
    const keys = new SortedKeys();
    keys.load(['/r/a', '/r/a-b/x', '/r/a/x', '/r/a/y', '/r/b/x']);
    assert.deepEqual(below(keys, '/r/a/'), ['/r/a/x', '/r/a/y']);
    assert.deepEqual(below(keys, '/r/c/'), []);
  });

  it('has the order of the storage for names of any alphabet', () => {
    const keys = new SortedKeys();
    // As UTF-8 sorts them: what is beyond U+FFFF comes last, though its first half is less than U+E000.
    const sorted = ['/r/a', '/r/é', '/r/\uff41', '/r/\uffee', '/r/\u{1f600}'];
    keys.load([...sorted]);
    assert.deepEqual(below(keys, '/r/'), sorted);
    keys.delete('/r/\uff41');
    keys.delete('/r/\u{1f600}');
    keys.add('/r/\uff42');
    assert.deepEqual(below(keys, '/r/'), ['/r/a', '/r/é', '/r/\uff42', '/r/\uffee']);
  });

  it('loads, splits, finds and counts more keys than a chunk holds', () => {
    const all = Array.from({ length: 3000 }, (_, at) => `/r/${String(at).padStart(5, '0')}`);
    const keys = new SortedKeys();
    keys.load(all.filter((_, at) => at % 2 === 0));
    for (const [at, key] of all.entries()) if (at % 2 === 1) keys.add(key);
    assert.deepEqual(below(keys, '/r/'), all);
    assert.deepEqual(below(keys, '/r/', '/r/02997'), all.slice(2998));
    assert.equal(keys.count('/r/', ''), 3000);
    assert.equal(keys.count('/r/', '/r/02997'), 2);
    keys.load([]);
    assert.deepEqual(below(keys, ''), []);
    assert.equal(keys.count('', ''), 0);
  });
});
