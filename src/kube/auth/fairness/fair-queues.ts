import { dealHand } from './shuffle-shard.ts';

/** A request that waits for its seat. */
export interface Waiter {
  /** Called once, when the seat is there. */
  readonly start: () => void;
}

/** One queue with what it has had of the server. */
export class FairQueue {
  readonly waiting: Waiter[] = [];
  executing = 0;
  /** Start tag of the next request in virtual milliseconds of service: the queue with the lowest goes first. */
  startTag = 0;
}

/** Service that a request is thought to take until it has ended. */
const ESTIMATE_MS = 50;

/**
 * Queues that share seats by start-time fair queuing: each gets the same time of service while it has something waiting, whoever has
 * more requests. Flows are spread over queues by shuffle sharding.
 */
export class FairQueues {
  readonly #queues: readonly FairQueue[];
  readonly #handSize: number;
  readonly #lengthLimit: number;
  /** Start tag of the request that was started last: queues that come back start from here, not from what they missed. */
  #virtualMs = 0;
  #waiting = 0;

  constructor(queues: number, handSize: number, lengthLimit: number) {
    this.#queues = Array.from({ length: queues }, () => new FairQueue());
    this.#handSize = handSize;
    this.#lengthLimit = lengthLimit;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** The queue for a request of this flow: of its hand the one with the least before it. */
  pick(flow: string): FairQueue {
    const hand = dealHand(flow, this.#queues.length, this.#handSize).map((index) => this.#queues[index] as FairQueue);
    return hand.reduce((best, queue) => (load(queue) < load(best) ? queue : best));
  }

  /** Lets a request wait; false when the queue is full. */
  add(queue: FairQueue, waiter: Waiter): boolean {
    if (queue.waiting.length >= this.#lengthLimit) return false;
    if (queue.waiting.length === 0 && queue.executing === 0) queue.startTag = Math.max(queue.startTag, this.#virtualMs);
    queue.waiting.push(waiter);
    this.#waiting++;
    return true;
  }

  /** Takes a request out that waits no more; false when it does not wait any more. */
  remove(queue: FairQueue, waiter: Waiter): boolean {
    const at = queue.waiting.indexOf(waiter);
    if (at < 0) return false;
    queue.waiting.splice(at, 1);
    this.#waiting--;
    return true;
  }

  /** Takes out the request that is next, and counts it as executing; undefined when none waits. */
  next(): Waiter | undefined {
    if (this.#waiting === 0) return undefined;
    let best: FairQueue | undefined;
    for (const queue of this.#queues) {
      if (queue.waiting.length > 0 && (best === undefined || queue.startTag < best.startTag)) best = queue;
    }
    const waiter = best?.waiting.shift();
    if (best === undefined || waiter === undefined) return undefined;
    this.#waiting--;
    this.begin(best);
    return waiter;
  }

  /** Counts a request of this queue as executing. */
  begin(queue: FairQueue): void {
    if (queue.executing === 0 && queue.waiting.length === 0) queue.startTag = Math.max(queue.startTag, this.#virtualMs);
    this.#virtualMs = Math.max(this.#virtualMs, queue.startTag);
    queue.startTag += ESTIMATE_MS;
    queue.executing++;
  }

  /** A request of this queue has ended after this time: the estimate is made true. */
  end(queue: FairQueue, tookMs: number): void {
    queue.startTag += tookMs - ESTIMATE_MS;
    queue.executing--;
  }
}

function load(queue: FairQueue): number {
  return queue.waiting.length + queue.executing;
}
