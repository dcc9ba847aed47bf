import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedLock } from './lock.ts';

test('KeyedLock runs calls with one key in order, also after a failure, and others at once', async () => {
  const lock = new KeyedLock();
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = lock.run('a', async () => {
    await gate.promise;
    order.push('first');
    throw new Error('first failed');
  });
  const second = lock.run('a', () => void order.push('second'));
  await lock.run('b', () => void order.push('other'));
  assert.equal(lock.isBusy('a'), true);
  gate.resolve();
  await assert.rejects(first, /first failed/);
  await second;
  assert.deepEqual(order, ['other', 'first', 'second']);
  assert.equal(lock.isBusy('a'), false);
});
