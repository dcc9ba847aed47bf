import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLimits } from './event-limits.ts';

const note = (message: string) => ({ type: 'Normal' as const, reason: 'Created', message });

test('EventLimits makes one Event of many that are alike', () => {
  const limits = new EventLimits();
  const admitted = Array.from({ length: 12 }, (_, at) => limits.admit('uid', note(`pod ${at}`), 0));
  assert.equal(new Set(admitted).size, 10);
  assert.equal(admitted[9], admitted[11]);
  assert.equal(admitted[11]?.message, '(combined from similar events): pod 11');
});

test('EventLimits knows a note again', () => {
  const limits = new EventLimits();
  assert.equal(limits.admit('uid', note('same'), 0), limits.admit('uid', note('same'), 1000));
  assert.notEqual(limits.admit('uid', note('same'), 0), limits.admit('other', note('same'), 0));
});

test('EventLimits lets one object say 25 things at once, then one in five minutes', () => {
  const limits = new EventLimits();
  const admitted = (nowMs: number) => limits.admit('uid', note('again'), nowMs) !== undefined;
  assert.equal(Array.from({ length: 40 }, () => admitted(0)).filter(Boolean).length, 25);
  assert.deepEqual([admitted(299_000), admitted(300_000), admitted(300_001)], [false, true, false]);
  assert.ok(limits.admit('other', note('again'), 0));
});
