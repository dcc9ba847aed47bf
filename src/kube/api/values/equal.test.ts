import assert from 'node:assert/strict';
import { test } from 'node:test';
import { semanticEqual } from './equal.ts';

test('semanticEqual takes absent, null and empty for the same', () => {
  for (const nothing of [undefined, null, '', [], {}]) {
    assert.ok(semanticEqual({ a: 1, b: nothing }, { a: 1 }));
    assert.ok(semanticEqual({ a: 1 }, { a: 1, b: nothing }));
  }
});

test('semanticEqual sees every other difference', () => {
  for (const [a, b] of [
    [1, 2],
    [1, '1'],
    [false, undefined],
    [0, undefined],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, 1]],
    [{ a: 1 }, { b: 1 }],
    [[], { a: 1 }],
    [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 2 }] } }],
  ]) {
    assert.equal(semanticEqual(a, b), false, JSON.stringify([a, b]));
    assert.equal(semanticEqual(b, a), false, JSON.stringify([b, a]));
  }
});

test('semanticEqual does not take what every object has for a field', () => {
  const hostile: unknown = JSON.parse('{"__proto__":{"a":1}}');
  assert.equal(semanticEqual(hostile, {}), false);
  assert.equal(semanticEqual({}, hostile), false);
  assert.equal(semanticEqual({ toString: 'x' }, {}), false);
});
