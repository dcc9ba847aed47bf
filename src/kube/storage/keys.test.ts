import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareKeys, prefixEnd } from './keys.ts';

test('compareKeys orders as the bytes of UTF-8', () => {
  const keys = ['', '/', '/a', '/a/b', '/a0', '/\u00e9', '/\ud7ff', '/\ue000', '/\uffff', '/\u{10000}', '/\u{10ffff}'];
  for (const a of keys) {
    for (const b of keys) {
      assert.equal(Math.sign(compareKeys(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), `${a} ${b}`);
    }
  }
});

test('prefixEnd is the first key behind a prefix', () => {
  assert.equal(prefixEnd('/a/'), '/a0');
  assert.equal(prefixEnd('/\ud7ff'), '/\ue000');
  assert.equal(prefixEnd('/\uffff'), '/\u{10000}');
  assert.equal(prefixEnd('/\u{10ffff}'), '0');
  assert.equal(prefixEnd('\u{10ffff}'), undefined);
  assert.equal(prefixEnd(''), undefined);
});
