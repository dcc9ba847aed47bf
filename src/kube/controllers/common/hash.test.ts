import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fnv1a, safeHash } from './hash.ts';

test('fnv1a is FNV-1a with 32 bits', () => {
  assert.deepEqual(['', 'a', 'foobar'].map(fnv1a), [0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});

test('safeHash goes by what a value means, not by how it is written', () => {
  const hash = safeHash({ a: 1, b: { c: [1, 2] } });
  assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  assert.equal(safeHash({ b: { c: [1, 2] }, a: 1, d: null, e: {}, f: undefined }), hash);
  assert.notEqual(safeHash({ a: 1, b: { c: [2, 1] } }), hash);
  assert.notEqual(safeHash({ a: 1, b: { c: [1, 2] } }, 1), hash);
});
