import type { WatchEvent } from '#kube/api';
import type { CachedEntry } from './entry.ts';

/** What a watcher is told about an object. */
export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/**
 * One change of one object, shared by all watchers. What is sent for it is made once for each form (JSON, Table, protobuf …) that some
 * watcher wants, and forgotten with the event.
 */
export class CacheEvent {
  /** Revision of the change. */
  readonly revision: number;
  /** The object after the change; undefined when it was deleted. */
  readonly current: CachedEntry | undefined;
  /** The object before; undefined when it was created. */
  readonly previous: CachedEntry | undefined;
  #chunks: Map<string, Buffer> | undefined;
  #gone: CachedEntry | undefined;

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

  /** The entry to show: for DELETED the last state, with the revision of the deletion. */
  entryFor(type: ChangeType): CachedEntry {
    const entry = type === 'DELETED' ? this.#lastState() : this.current;
    if (entry === undefined) throw new Error(`a ${type} of ${this.key} without its object`);
    return entry;
  }

  /** One for all watchers, so that it is parsed once. */
  #lastState(): CachedEntry | undefined {
    this.#gone ??= this.previous?.at(this.revision);
    return this.#gone;
  }

  /** The bytes of one watch line in a form, made by `make` for the first watcher that needs them. */
  chunk(type: ChangeType, form: string, make: (type: ChangeType, entry: CachedEntry) => Buffer): Buffer {
    const name = `${type} ${form}`;
    let chunk = this.#chunks?.get(name);
    if (chunk === undefined) {
      chunk = make(type, this.entryFor(type));
      this.#chunks ??= new Map();
      this.#chunks.set(name, chunk);
    }
    return chunk;
  }

  /** Forgets what was sent: called when the watchers of the moment have taken it, because the history keeps events for long. */
  forgetChunks(): void {
    this.#chunks = undefined;
    this.#gone = undefined;
  }
}

/** The JSON line of a watch event. */
export function watchLine(type: WatchEvent['type'], json: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":${json}}\n`);
}
