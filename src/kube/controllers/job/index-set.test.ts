import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexSet } from './index-set.ts';

test('IndexSet prints ranges as upstream does', () => {
  assert.equal(String(IndexSet.parse('').with([5, 1, 0, 3, 4, 9, 8])), '0,1,3-5,8,9');
  assert.equal(String(IndexSet.parse('0,1,3-5').with([2])), '0-5');
});

test('IndexSet keeps below its limit and drops what is no index', () => {
  assert.equal(String(IndexSet.parse('1-9,x,-3,12,4-2,0x1', 5)), '1-4');
});

test('IndexSet of a huge range costs nothing', () => {
  const set = IndexSet.parse('0-1999999999');
  assert.equal(set.size, 2_000_000_000);
  assert.ok(set.has(1_234_567_890));
  assert.equal(set.common(IndexSet.parse('5-7,1999999999-2999999999')), 4);
});
