import type { Clock } from '#base';
import type { EngineEvent, Events, EventType } from '../contract.ts';
import { Subscription } from './subscription.ts';

/** Past events that a late subscriber can still get. */
const HISTORY_LENGTH = 1000;
/** How far a subscriber may lag behind before it is ended. */
const MAX_LAG = 10_000;

type SubscribeOptions = Parameters<Events['subscribe']>[0];

/**
 * The event bus of one engine. Publishing never waits for a subscriber: each has a bounded queue of its own.
 * Disposing it ends every subscription after what is queued.
 */
export function createEvents(options: { clock: Clock }): Events & Disposable {
  return new EventBus(options.clock);
}

class EventBus implements Events, Disposable {
  readonly #clock: Clock;
  /** A ring: the oldest event is at `#published % HISTORY_LENGTH` once it is full. */
  readonly #history: EngineEvent[] = [];
  readonly #subscriptions = new Set<Subscription>();
  #published = 0;
  #lastNs = 0n;
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  publish(type: EventType, action: string, id: string, attributes: Record<string, string> = {}): void {
    const event = { type, action, actor: { id, attributes: { ...attributes } }, timeNs: this.#nextNs() };
    this.#history[this.#published % HISTORY_LENGTH] = event;
    this.#published++;
    for (const subscription of this.#subscriptions) subscription.push(event);
  }

  /** The subscription begins with this call, not with the first read: what is published in between is not missed. */
  subscribe(options: SubscribeOptions): AsyncIterable<EngineEvent> {
    const { sinceMs, untilMs, signal } = options;
    const subscription = new Subscription({
      past: this.#past(sinceMs, untilMs),
      maxLag: MAX_LAG,
      clock: this.#clock,
      onEnd: () => this.#subscriptions.delete(subscription),
      ...(untilMs === undefined ? {} : { untilMs }),
      ...(signal === undefined ? {} : { signal }),
    });
    this.#subscriptions.add(subscription);
    subscription.start();
    if (this.#disposed) subscription.end();
    return subscription;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const subscription of this.#subscriptions) subscription.end();
  }

  /** Strictly increasing, so that a client can resume after the last event that it saw; also when the clock jumps back. */
  #nextNs(): bigint {
    const nowNs = nanoseconds(this.#clock.nowMs());
    this.#lastNs = nowNs > this.#lastNs ? nowNs : this.#lastNs + 1n;
    return this.#lastNs;
  }

  /** As in Docker, `until` alone asks for the past too. */
  #past(sinceMs: number | undefined, untilMs: number | undefined): EngineEvent[] {
    if (sinceMs === undefined && untilMs === undefined) return [];
    const start = this.#history.length < HISTORY_LENGTH ? 0 : this.#published % HISTORY_LENGTH;
    const ordered = [...this.#history.slice(start), ...this.#history.slice(0, start)];
    const sinceNs = sinceMs === undefined ? 0n : nanoseconds(sinceMs);
    return ordered.filter((event) => event.timeNs >= sinceNs && isUntil(event, untilMs));
  }
}

/** True when `event` is not after `untilMs`; with undefined, always. */
function isUntil(event: EngineEvent, untilMs: number | undefined): boolean {
  return untilMs === undefined || event.timeNs <= nanoseconds(untilMs);
}

/** Doubles hold microseconds of today's times exactly, not nanoseconds. */
function nanoseconds(ms: number): bigint {
  return BigInt(Math.floor(ms * 1000)) * 1000n;
}
