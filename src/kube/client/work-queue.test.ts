import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { WorkQueue } from './work-queue.ts';

describe('WorkQueue', () => {
  it('reconciles a key once however often it is added', async () => {
    const seen: string[] = [];
    await using queue = new WorkQueue({
      name: 'test',
      reconcile: async (key) => {
        seen.push(key);
        return undefined;
      },
    });
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    await queue.drained();
    assert.deepEqual(seen.sort(), ['a', 'b']);
  });

  it('never works twice on one key at a time, and once more when it changed meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    let running = 0;
    let runs = 0;
    await using queue = new WorkQueue({
      name: 'test',
      reconcile: async () => {
        assert.equal(++running, 1);
        if (++runs === 1) await gate.promise;
        running--;
        return undefined;
      },
    });
    queue.add('a');
    await new Promise(setImmediate);
    queue.add('a');
    queue.add('a');
    gate.resolve();
    await queue.drained();
    assert.equal(runs, 2);
  });

  it('has no more workers than it may', async () => {
    let running = 0;
    let most = 0;
    await using queue = new WorkQueue({
      name: 'test',
      workers: 3,
      reconcile: async () => {
        most = Math.max(most, ++running);
        await new Promise(setImmediate);
        running--;
        return undefined;
      },
    });
    for (let key = 0; key < 20; key++) queue.add(String(key));
    await queue.drained();
    assert.equal(most, 3);
  });

  it('comes back to what failed and to what asked for it', async () => {
    const done = Promise.withResolvers<void>();
    let runs = 0;
    await using queue = new WorkQueue({
      name: 'test',
      reconcile: async () => {
        runs++;
        if (runs === 1) throw new Error('not yet');
        if (runs === 2) return { requeueAfterMs: 1 };
        done.resolve();
        return undefined;
      },
    });
    queue.add('a');
    await done.promise;
    assert.equal(runs, 3);
  });

  it('waits for what runs when it is disposed, and takes nothing more', async () => {
    const aborted = Promise.withResolvers<void>();
    let runs = 0;
    const queue = new WorkQueue({
      name: 'test',
      reconcile: async (_key, signal) => {
        runs++;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        aborted.resolve();
        throw new Error('interrupted');
      },
    });
    queue.add('a');
    await new Promise(setImmediate);
    await queue[Symbol.asyncDispose]();
    await aborted.promise;
    queue.add('b');
    queue.addAfter('c', 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(runs, 1);
  });
});
