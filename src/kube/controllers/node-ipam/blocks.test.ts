import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PodBlocks } from './blocks.ts';

test('PodBlocks hands out the lowest piece that is free', () => {
  const blocks = new PodBlocks('10.244.0.0/16');
  blocks.take('10.244.1.0/24');
  blocks.take('192.168.0.0/24');
  assert.deepEqual([blocks.next(), blocks.next(), blocks.next()], ['10.244.0.0/24', '10.244.2.0/24', '10.244.3.0/24']);
  blocks.free('10.244.0.0/24');
  assert.equal(blocks.next(), '10.244.0.0/24');
});

test('PodBlocks ends where its block ends', () => {
  const blocks = new PodBlocks('10.1.6.0/23');
  assert.deepEqual([blocks.next(), blocks.next(), blocks.next()], ['10.1.6.0/24', '10.1.7.0/24', undefined]);
});

test('PodBlocks refuses what is no block', () => {
  for (const text of ['', 'fd00::/48', '10.0.0.0/25', '10.0.0.300/16', '10.0.0.0', '10.0.0.0/4']) {
    assert.throws(() => new PodBlocks(text), /is no block for pods/, text);
  }
});
