/** Makes one chunk of HTTP/1.1 (RFC 9112, 7.1) of some lines. */
export type Framer = (lines: readonly Buffer[]) => Buffer;

/** A watcher's way out. */
export interface Flushable {
  /** Sends what waits, as far as the client takes it. */
  flush(frame: Framer): void;
}

/** Below so many watchers everything goes out at once. */
const MANY = 64;
/** With many, what happens within a time goes out together, for a write costs as much as ten events: so long for each of them, and at most. */
const GATHER_MS = 0.04;
const MAX_GATHER_MS = 40;
/** A round takes half of the time at most: the rest is for requests. Where that would take too long, they have their turn within it. */
const PAUSE_FACTOR = 2;
const MAX_PAUSE_MS = 60;
/** Others get their turn after so long. */
const SLICE_MS = 4;

/**
 * Has watchers send in rounds: what gathers meanwhile goes out as one write for each, and those that are sent the same share its bytes.
 * The more watchers there are, and the longer a round takes, the longer is it until the next.
 */
export class FlushRounds {
  #members = 0;
  readonly #waiting = new Set<Flushable>();
  #round: readonly Flushable[] = [];
  #at = 0;
  #frame: Framer = chunkOf;
  #startedMs = Number.NEGATIVE_INFINITY;
  #busyMs = 0;
  #isScheduled = false;

  /** A watcher that may send from now on, until the answer is disposed. */
  join(member: Flushable): Disposable {
    this.#members++;
    return {
      [Symbol.dispose]: () => {
        this.#members--;
        this.#waiting.delete(member);
      },
    };
  }

  /** `member` has something to send: at once where members are few, else in the next round. */
  soon(member: Flushable): void {
    if (this.#members < MANY) {
      member.flush(chunkOf);
      return;
    }
    this.#waiting.add(member);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const gatherMs = Math.min(MAX_GATHER_MS, GATHER_MS * this.#members);
    const inMs =
      this.#startedMs + Math.max(gatherMs, Math.min(MAX_PAUSE_MS, PAUSE_FACTOR * this.#busyMs)) - performance.now();
    if (inMs > 0) setTimeout(() => this.#begin(), inMs);
    else setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#round = [...this.#waiting];
    this.#waiting.clear();
    this.#at = 0;
    this.#startedMs = performance.now();
    this.#busyMs = 0;
    this.#frame = sharedFramer();
    this.#slice();
  }

  #slice(): void {
    const startMs = performance.now();
    let spentMs = 0;
    while (this.#at < this.#round.length && spentMs < SLICE_MS) {
      this.#round[this.#at++]?.flush(this.#frame);
      spentMs = performance.now() - startMs;
    }
    this.#busyMs += spentMs;
    if (this.#at < this.#round.length) setImmediate(() => this.#slice());
    else this.#end();
  }

  #end(): void {
    this.#round = [];
    this.#frame = chunkOf;
    this.#isScheduled = false;
    if (this.#waiting.size > 0) this.#schedule();
  }
}

const CRLF = Buffer.from('\r\n');

/** A chunk of these lines. */
export function chunkOf(lines: readonly Buffer[]): Buffer {
  const length = lines.reduce((sum, line) => sum + line.length, 0);
  return Buffer.concat([Buffer.from(`${length.toString(16)}\r\n`, 'latin1'), ...lines, CRLF]);
}

/** Makes the chunk of the same lines once, for all who are sent them. */
export function sharedFramer(): Framer {
  const known = new Map<Buffer, { readonly lines: readonly Buffer[]; readonly frame: Buffer }>();
  return (lines) => {
    const [first] = lines as [Buffer];
    const last = known.get(first);
    if (last !== undefined && isSame(last.lines, lines)) return last.frame;
    const frame = chunkOf(lines);
    known.set(first, { lines, frame });
    return frame;
  };
}

function isSame(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.length === others.length && some.every((line, at) => line === others[at]);
}
