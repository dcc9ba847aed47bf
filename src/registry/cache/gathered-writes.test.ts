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
