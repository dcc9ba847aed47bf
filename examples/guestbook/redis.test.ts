import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReply } from './redis.ts';

test('parseReply reads nested replies and waits for missing bytes', () => {
  const text = Buffer.from('*2\r\n$5\r\nhello\r\n:7\r\n');
  assert.deepEqual(parseReply(text)?.reply, ['hello', 7]);
  for (let length = 0; length < text.length; length++) assert.equal(parseReply(text.subarray(0, length)), undefined);
});

test('parseReply throws what the store complains about', () => {
  assert.throws(() => parseReply(Buffer.from('-ERR no\r\n')), /ERR no/);
});
