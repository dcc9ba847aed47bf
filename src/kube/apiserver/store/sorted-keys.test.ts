import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SortedKeys } from './sorted-keys.ts';

describe('SortedKeys', () => {
  it('keeps keys in order and each once', () => {
    const keys = new SortedKeys();
    for (const key of ['/r/b', '/r/c', '/r/a', '/r/b', '/r/d']) keys.add(key);
    keys.delete('/r/c');
    keys.delete('/r/nothing');
    assert.deepEqual(keys.below('/r/'), ['/r/a', '/r/b', '/r/d']);
  });

  it('gives the keys below a prefix and no neighbours', () => {
    const keys = new SortedKeys();
    keys.load(['/r/a', '/r/a-b/x', '/r/a/x', '/r/a/y', '/r/b/x']);
    assert.deepEqual(keys.below('/r/a/'), ['/r/a/x', '/r/a/y']);
    assert.deepEqual(keys.below('/r/c/'), []);
  });

  it('has the order of the storage for names of any alphabet', () => {
    const keys = new SortedKeys();
    // As UTF-8 sorts them: what is beyond U+FFFF comes last, though its first half is less than U+E000.
    const sorted = ['/r/a', '/r/é', '/r/\uff41', '/r/\uffee', '/r/\u{1f600}'];
    keys.load([...sorted]);
    assert.deepEqual(keys.below('/r/'), sorted);
    keys.delete('/r/\uff41');
    keys.delete('/r/\u{1f600}');
    keys.add('/r/\uff42');
    assert.deepEqual(keys.below('/r/'), ['/r/a', '/r/é', '/r/\uff42', '/r/\uffee']);
  });
});
