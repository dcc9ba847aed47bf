import type { EventNote, KnownNote } from './events.ts';

/** Different messages of one reason about one object, after which they become one Event. */
const MAX_SIMILAR = 10;
const SIMILAR_WINDOW_MS = 10 * 60_000;
/** Events of one object: so many at once, then one in five minutes. */
const BURST = 25;
const REFILL_MS = 5 * 60_000;
/** Objects and notes that are remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 4096;

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

interface Budget {
  left: number;
  atMs: number;
}

/** Which notes are written, and as which: client-go's event correlator, with its numbers. */
export class EventLimits {
  readonly #similar = new Remembered<Similar>();
  readonly #budgets = new Remembered<Budget>();
  readonly #notes = new Remembered<KnownNote>();

  /**
   * The note to write, with the Event in which it was written before; undefined when too much was said of the object.
   */
  admit(uid: string, note: EventNote, nowMs: number): KnownNote | undefined {
    const key = `${uid}/${note.type}/${note.reason}`;
    const combined = this.#isOneOfMany(key, note.message, nowMs);
    const message = combined ? `(combined from similar events): ${note.message}` : note.message;
    if (!this.#spend(uid, nowMs)) return undefined;
    const known = this.#notes.of(combined ? key : `${key}/${note.message}`, () => ({
      ...note,
      name: undefined,
      count: 0,
    }));
    return Object.assign(known, { message });
  }

  #isOneOfMany(key: string, message: string, nowMs: number): boolean {
    const similar = this.#similar.of(key, () => ({ messages: new Set<string>(), lastMs: nowMs }));
    if (nowMs - similar.lastMs > SIMILAR_WINDOW_MS) similar.messages.clear();
    similar.lastMs = nowMs;
    if (similar.messages.size < MAX_SIMILAR) similar.messages.add(message);
    return similar.messages.size >= MAX_SIMILAR;
  }

  #spend(uid: string, nowMs: number): boolean {
    const budget = this.#budgets.of(uid, () => ({ left: BURST, atMs: nowMs }));
    budget.left = Math.min(BURST, budget.left + (nowMs - budget.atMs) / REFILL_MS);
    budget.atMs = nowMs;
    if (budget.left < 1) return false;
    budget.left--;
    return true;
  }
}

/** A map that forgets what was not used for longest. */
class Remembered<V> {
  readonly #values = new Map<string, V>();

  of(key: string, make: () => V): V {
    const value = this.#values.get(key) ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > MAX_REMEMBERED) {
      const oldest = this.#values.keys().next();
      if (!oldest.done) this.#values.delete(oldest.value);
    }
    return value;
  }
}
