import type { WatchEvent } from '#kube/api';
import type { CachedEntry } from './entry.ts';

/** What a watcher is told about an object. */
export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change of one object, shared by all watchers. */
export class CacheEvent {
  /** Revision of the change. */
  readonly revision: number;
  /** The object after the change; undefined when it was deleted. */
  readonly current: CachedEntry | undefined;
  /** The object before; undefined when it was created. */
  readonly previous: CachedEntry | undefined;
  #seen: SeenEvent[] = NONE;

  constructor(revision: number, current: CachedEntry | undefined, previous: CachedEntry | undefined) {
    this.revision = revision;
    this.current = current;
    this.previous = previous;
  }

  /** The key of the object. */
  get key(): string {
    return (this.current ?? this.previous)?.key ?? '';
  }

  /**
   * What this is to a watcher that sees the objects that `matches` says: an object that enters its view is ADDED, one that leaves it
   * DELETED. Undefined: nothing.
   */
  typeFor(matches: (entry: CachedEntry) => boolean): ChangeType | undefined {
    const was = this.previous !== undefined && matches(this.previous);
    const is = this.current !== undefined && matches(this.current);
    if (is) return was ? 'MODIFIED' : 'ADDED';
    return was ? 'DELETED' : undefined;
  }

  /** The event for all watchers to whom it is a `type`: for DELETED with the last state, which has the revision of the deletion. */
  seenAs(type: ChangeType): SeenEvent {
    for (const seen of this.#seen) if (seen.type === type) return seen;
    const entry = type === 'DELETED' ? this.previous?.at(this.revision) : this.current;
    if (entry === undefined) throw new Error(`a ${type} of ${this.key} without its object`);
    const seen = new SeenEvent(type, entry, this.previous);
    this.#seen = [...this.#seen, seen];
    return seen;
  }

  /** Forgets what was made for watchers: called when those of the moment have taken it, because the history keeps events for long. */
  forgetSeen(): void {
    this.#seen = NONE;
  }
}

const NONE: SeenEvent[] = [];

/** An event as some watchers see it. What is sent is made once for each form (JSON, Table, protobuf …) that one of them wants. */
export class SeenEvent {
  readonly type: ChangeType;
  readonly entry: CachedEntry;
  readonly previous: CachedEntry | undefined;
  readonly #chunks: { readonly form: string; readonly chunk: Buffer }[] = [];

  constructor(type: ChangeType, entry: CachedEntry, previous?: CachedEntry) {
    this.type = type;
    this.entry = entry;
    this.previous = previous;
  }

  /** The bytes of one watch line in a form, made by `make` for the first watcher that needs them. */
  chunk(form: string, make: (type: ChangeType, entry: CachedEntry) => Buffer): Buffer {
    for (const known of this.#chunks) if (known.form === form) return known.chunk;
    const chunk = make(this.type, this.entry);
    this.#chunks.push({ form, chunk });
    return chunk;
  }
}

/** The JSON line of a watch event. */
export function watchLine(type: WatchEvent['type'], json: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":${json}}\n`);
}
