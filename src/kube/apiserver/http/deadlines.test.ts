import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { Deadlines } from './deadlines.ts';

describe('Deadlines', () => {
  it('ends those whose time is over, in their order, and nobody else', async () => {
    const deadlines = new Deadlines(30);
    const ended: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = (name: string) => ({
      expire: () => {
        ended.push(name);
        if (name === 'c') resolve();
      },
    });
    const [a, b, c] = [waiter('a'), waiter('b'), waiter('c')] as const;
    const start = performance.now();
    for (const one of [a, b]) deadlines.start(one);
    deadlines.end(b);
    setTimeout(() => deadlines.start(c), 15);
    // The timers of what is tested keep no process alive.
    const alive = setInterval(() => undefined, 1000);
    await promise;
    clearInterval(alive);
    assert.deepEqual(ended, ['a', 'c']);
    assert.ok(performance.now() - start >= 44, 'nobody is ended early');
  });

  it('needs one timer, however many wait', () => {
    const timer = mock.method(globalThis, 'setTimeout');
    try {
      const deadlines = new Deadlines(60_000);
      for (let n = 0; n < 100; n++) {
        const waiter = { expire: () => undefined };
        deadlines.start(waiter);
        if (n % 2 === 0) deadlines.end(waiter);
      }
      assert.equal(timer.mock.callCount(), 1);
    } finally {
      timer.mock.restore();
    }
  });
});
