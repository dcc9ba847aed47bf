import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addResourceList, canonicalizeResourceList, canonicalQuantity, maxResourceList } from './resource-list.ts';

test('canonicalizeResourceList rewrites amounts, and leaves what is none', () => {
  const list = { cpu: '1000m', memory: '1024Mi', tiny: '1n', bad: 'lots' };
  canonicalizeResourceList(list);
  assert.deepEqual(list, { cpu: '1', memory: '1Gi', tiny: '1m', bad: 'lots' });
  canonicalizeResourceList(undefined);
});

test('canonicalQuantity takes numbers', () => {
  assert.equal(canonicalQuantity(1), '1');
  assert.equal(canonicalQuantity(0.5), '500m');
});

test('addResourceList sums, and maxResourceList takes the larger', () => {
  const total = { cpu: '500m' };
  addResourceList(total, { cpu: '500m', memory: '1Gi' });
  assert.deepEqual(total, { cpu: '1', memory: '1Gi' });
  maxResourceList(total, { cpu: '900m', memory: '2Gi', other: '1' });
  assert.deepEqual(total, { cpu: '1', memory: '2Gi', other: '1' });
});

test('addResourceList takes hostile names for names', () => {
  const total = {};
  addResourceList(total, JSON.parse('{"__proto__":"1"}') as Record<string, string>);
  addResourceList(total, JSON.parse('{"__proto__":"2"}') as Record<string, string>);
  assert.equal(JSON.stringify(total), '{"__proto__":"3"}');
  assert.equal(Object.getPrototypeOf(total), Object.prototype);
});

test('canonicalQuantity keeps no long texts', () => {
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 200; i++)
    assert.equal(canonicalQuantity(`${'0'.repeat(500_000)}${i + 1}m`), canonicalQuantity(`${i + 1}m`));
  assert.ok(process.memoryUsage().heapUsed - before < 60_000_000);
});
