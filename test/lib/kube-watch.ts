import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import type { KubeObject } from '#kube/api';

/** One line of a watch. */
export interface SeenEvent<T = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

/** A busy machine takes its time; what never comes is an error. */
const PATIENCE_MS = 10_000;

/** Collects what a watch says, for a test to ask for. */
export class WatchProbe implements Disposable {
  readonly response: IncomingMessage;
  /** All events so far. */
  readonly events: SeenEvent[] = [];
  /** Resolves when the server has ended the watch, or the connection is gone. */
  readonly ended: Promise<void>;
  #read = 0;
  #rest = '';
  #wake = Promise.withResolvers<void>();
  #over = false;

  constructor(response: IncomingMessage) {
    this.response = response;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.#take(text));
    response.on('error', () => undefined); // `close` follows.
    response.on('close', () => {
      this.#over = true;
      this.#wake.resolve();
      resolve();
    });
  }

  /** The next event that was not read yet. */
  async next<T = KubeObject>(): Promise<SeenEvent<T>> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (this.events.length <= this.#read) {
      assert.ok(!this.#over, 'the watch ended before the event came');
      assert.ok(!deadline.aborted, 'the event did not come');
      await Promise.race([this.#wake.promise, aborted(deadline)]);
    }
    return this.events[this.#read++] as SeenEvent<T>;
  }

  /** The next `count` events as `TYPE name`. */
  async names(count: number): Promise<string[]> {
    const seen: string[] = [];
    while (seen.length < count) {
      const { type, object } = await this.next();
      seen.push(`${type} ${object.metadata?.name ?? ''}`);
    }
    return seen;
  }

  /** Reads on until an event fits. */
  async until(fits: (event: SeenEvent) => boolean): Promise<SeenEvent> {
    for (;;) {
      const event = await this.next();
      if (fits(event)) return event;
    }
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.events.push(JSON.parse(line) as SeenEvent);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
