import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicroTime, formatTime, timestamp } from './mod.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test('formatTime writes whole seconds, formatMicroTime six digits of the next', () => {
  assert.equal(formatTime(AT_MS), '2026-01-02T03:04:05Z');
  assert.equal(formatMicroTime(AT_MS), '2026-01-02T03:04:05.678000Z');
});

test('timestamp writes what formatTime does, also when seconds change and come again', () => {
  for (const ms of [AT_MS, AT_MS + 321, AT_MS + 322, 0, AT_MS]) assert.equal(timestamp(ms), formatTime(ms));
});
