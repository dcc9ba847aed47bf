const waiting: (() => void)[] = [];

/**
 * Does a piece of long work when it is its turn: one piece, of some milliseconds at most, in each turn of the event loop, so that short
 * requests are answered in between, however many long ones are under way.
 */
export function inTurn(piece: () => void): void {
  waiting.push(piece);
  if (waiting.length === 1) setImmediate(takeTurn);
}

/** Resolves when it is the caller's turn to do a piece of long work. */
export function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  inTurn(resolve);
  return promise;
}

function takeTurn(): void {
  const piece = waiting[0];
  try {
    piece?.();
  } finally {
    waiting.shift();
    if (waiting.length > 0) setImmediate(takeTurn);
  }
}
