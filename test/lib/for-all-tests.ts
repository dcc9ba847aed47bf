import { after } from 'node:test';

const kept = new AsyncDisposableStack();
after(() => kept.disposeAsync());

/** Keeps what all tests of a file share, and disposes it when the last of them is over: what came last goes first. */
export function forAllTests<T extends Disposable | AsyncDisposable>(shared: T): T {
  return kept.use(shared);
}
