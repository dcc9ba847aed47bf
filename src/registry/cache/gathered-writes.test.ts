import assert from 'node:assert/strict';
import { it } from 'node:test';
import { GatheredWrites } from './gathered-writes.ts';

const MIB = 2 ** 20;

it('what comes while a write is under way goes into the next one, in order', async () => {
  const written: string[] = [];
  const disk = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const writes = new GatheredWrites((pieces) => {
    written.push(Buffer.concat(pieces).toString());
    return disk[written.length - 1]?.promise ?? Promise.resolve();
  });
  for (const text of ['a', 'b', 'c']) await writes.push(Buffer.from(text));
  assert.deepEqual(written, ['a']);
  disk[0]?.resolve();
  disk[1]?.resolve();
  await writes.end();
  assert.deepEqual(written, ['a', 'bc']);
  await writes.push(Buffer.from('d'));
  await writes.end();
  assert.deepEqual(written, ['a', 'bc', 'd']);
});

it('a disk that is behind is waited for', async () => {
  const disk = Promise.withResolvers<void>();
  const writes = new GatheredWrites(() => disk.promise);
  await writes.push(Buffer.alloc(1));
  let isTaken = false;
  const second = writes.push(Buffer.alloc(MIB)).then(() => {
    isTaken = true;
  });
  await new Promise(setImmediate);
  assert.equal(isTaken, false);
  disk.resolve();
  await second;
});

it('a write that fails is told to who goes on and to who ends', async () => {
  const writes = new GatheredWrites(() => Promise.reject(new Error('disk full')));
  await writes.push(Buffer.alloc(1));
  await assert.rejects(writes.push(Buffer.alloc(MIB)), /disk full/);
  await assert.rejects(writes.end(), /disk full/);
});

it('just after a write little waits for more, and much does not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const written: number[] = [];
  const writes = new GatheredWrites(async (pieces) => {
    written.push(pieces.reduce((sum, { length }) => sum + length, 0));
  });
  const push = async (bytes: number) => {
    await writes.push(Buffer.alloc(bytes));
    await new Promise(setImmediate);
  };
  for (let piece = 0; piece < 4; piece++) await push(1);
  assert.deepEqual(written, [1]);
  t.mock.timers.tick(10);
  assert.deepEqual(written, [1, 3]);
  await push(1);
  await push(MIB);
  assert.deepEqual(written, [1, 3, MIB + 1]);
  t.mock.timers.tick(10);
  await push(2);
  assert.deepEqual(written, [1, 3, MIB + 1, 2], 'long after a write nothing waits');
});
