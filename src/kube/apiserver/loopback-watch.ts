import {
  internalError,
  isStatusError,
  type KubeObject,
  type Shared,
  type Status,
  StatusError,
  type WatchEvent,
} from '#kube/api';
import type { ObjectSource, SourcedEvent } from '#kube/client';
import type { SinkEvent, WatchAnswer, WatchSink } from './answer.ts';
import type { CachedEntry } from './store/mod.ts';
import { nextTurn } from './turns.ts';

/** Events that may wait for a reader in this process before the watch is given up. */
const MAX_WAITING = 100_000;
/** Events that a reader gets before it is the turn of others. */
const PIECE = 100;

/** The events of a watch for a reader in this process, until the watch ends or the signal is aborted. */
export async function* eventsOf(answer: WatchAnswer, signal: AbortSignal): AsyncIterable<SourcedEvent> {
  const sink = new LoopbackSink(answer);
  const abort = () => sink.onEnd(undefined);
  signal.addEventListener('abort', abort);
  const handle = answer.start(sink);
  try {
    while (!signal.aborted) {
      const events = sink.take();
      if (events === undefined) break;
      if (events.length === 0) await sink.filled();
      else {
        yield* events;
        if (events.length === PIECE) await nextTurn();
      }
    }
    if (sink.error !== undefined) yield { type: 'ERROR', object: statusOf(sink.error) as unknown as KubeObject };
  } finally {
    signal.removeEventListener('abort', abort);
    handle[Symbol.dispose]();
  }
}

/** Keeps events until they are taken. */
class LoopbackSink implements WatchSink {
  readonly #answer: WatchAnswer;
  #initial: CachedEntry[] = [];
  #taken = 0;
  #waiting: SourcedEvent[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  error: Error | undefined;

  constructor(answer: WatchAnswer) {
    this.#answer = answer;
  }

  onInitial(entries: readonly CachedEntry[]): void {
    for (const entry of entries) this.#initial.push(entry);
    this.#wake?.();
  }

  onEvents(events: readonly SinkEvent[]): void {
    for (const { type, entry } of events) this.#waiting.push(new EntryEvent(type, entry));
    if (this.#waiting.length > MAX_WAITING) this.onEnd(internalError('the watcher does not keep up'));
    this.#wake?.();
  }

  onBookmark(revision: number, initialEnd: boolean): void {
    this.#waiting.push({ type: 'BOOKMARK', object: bookmark(this.#answer, revision, initialEnd) });
    this.#wake?.();
  }

  onEnd(error: Error | undefined): void {
    if (!this.#ended) this.error = error;
    this.#ended = true;
    this.#wake?.();
  }

  /** The next events, PIECE at most; undefined at the end. */
  take(): readonly SourcedEvent[] | undefined {
    if (this.#taken < this.#initial.length) {
      const entries = this.#initial.slice(this.#taken, this.#taken + PIECE);
      this.#taken += entries.length;
      return entries.map((entry) => new EntryEvent('ADDED', entry));
    }
    this.#initial = [];
    this.#taken = 0;
    if (this.#waiting.length === 0 && this.#ended) return undefined;
    return this.#waiting.splice(0, PIECE);
  }

  /** Resolves when there is something to take. */
  filled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}

/** Its object is parsed when somebody looks at it, and not kept for those who keep the event. */
class EntryEvent implements SourcedEvent {
  readonly type: WatchEvent['type'];
  readonly source: EntrySource;
  readonly #entry: CachedEntry;

  constructor(type: WatchEvent['type'], entry: CachedEntry) {
    this.type = type;
    this.source = new EntrySource(entry);
    this.#entry = entry;
  }

  get object(): KubeObject {
    return this.#entry.object as KubeObject;
  }
}

class EntrySource implements ObjectSource {
  readonly #entry: CachedEntry;

  constructor(entry: CachedEntry) {
    this.#entry = entry;
  }

  get object(): Shared<KubeObject> {
    return this.#entry.slim;
  }

  get metadata(): Shared<KubeObject['metadata']> {
    return this.#entry.metadata;
  }

  get labels(): Readonly<Record<string, string>> | undefined {
    return this.#entry.labels;
  }
}

function bookmark({ endpoint: { row, version } }: WatchAnswer, revision: number, initialEnd: boolean): KubeObject {
  const apiVersion = row.group === '' ? version.name : `${row.group}/${version.name}`;
  const annotations = initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  return { apiVersion, kind: row.kind, metadata: { resourceVersion: String(revision), ...annotations } };
}

function statusOf(error: Error): Status {
  return (isStatusError(error) ? error : new StatusError(500, 'InternalError', error.message)).toStatus();
}
