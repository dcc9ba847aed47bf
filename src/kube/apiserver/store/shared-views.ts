import type { CachedEntry } from './entry.ts';
import type { CacheEvent, SeenEvent } from './event.ts';

/** What a watcher sees of a resource. */
export interface WatchedView {
  /** Views of the same name see the same. */
  readonly name: string;
  /** Keys of the objects start with this. */
  readonly prefix: string;
  /** Undefined: all of them. */
  readonly matches: ((entry: CachedEntry) => boolean) | undefined;
}

/** What some events are to the views of watchers: worked out once for each view, however many watchers have it. */
export class SharedViews {
  #events: readonly CacheEvent[] = [];
  readonly #byView = new Map<string, readonly SeenEvent[]>();

  /** The events that a view shows. Watchers of the same view get the same array. */
  seen(events: readonly CacheEvent[], view: WatchedView): readonly SeenEvent[] {
    if (events !== this.#events) {
      this.#events = events;
      this.#byView.clear();
    }
    let seen = this.#byView.get(view.name);
    if (seen === undefined) {
      seen = seenBy(events, view);
      this.#byView.set(view.name, seen);
    }
    return seen;
  }

  /** Forgets the last events. */
  clear(): void {
    this.#events = [];
    this.#byView.clear();
  }
}

/** The events that a view shows, in their order. */
export function seenBy(events: readonly CacheEvent[], { prefix, matches }: WatchedView): SeenEvent[] {
  const seen: SeenEvent[] = [];
  for (const event of events) {
    if (!event.key.startsWith(prefix)) continue;
    const type = event.typeFor(matches ?? everything);
    if (type !== undefined) seen.push(event.seenAs(type));
  }
  return seen;
}

function everything(): boolean {
  return true;
}
