import { randomBytes } from 'node:crypto';
import { log } from '#base';
import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { formatTime } from '#kube/api/values';
import type { Client } from '#kube/client';
import { EventLimits } from './event-limits.ts';
import { EVENTS } from './resources.ts';

/** What is said of an object. Reasons and words are upstream's where clients or people look for them. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Notes that may wait to be written; more are dropped. */
const MAX_WAITING = 1000;
const MAX_MESSAGE = 1024;

/**
 * Writes Events about objects: best effort, in order, one at a time. The same note again raises the count of the
 * Event that is there; many alike become one; whoever says too much of one object is cut short.
 */
export class EventRecorder {
  readonly #client: Client;
  readonly #component: string;
  readonly #nowMs: () => number;
  readonly #limits = new EventLimits();
  readonly #waiting: (() => Promise<void>)[] = [];
  #writing = false;

  constructor(client: Client, component: string, nowMs: () => number) {
    this.#client = client;
    this.#component = component;
    this.#nowMs = nowMs;
  }

  /** Notes something about `object`. Never fails and never waits. */
  note(object: Shared<KubeObject>, note: EventNote): void {
    if (this.#waiting.length >= MAX_WAITING) return;
    const nowMs = this.#nowMs();
    const cut = note.message.length > MAX_MESSAGE ? { ...note, message: note.message.slice(0, MAX_MESSAGE) } : note;
    const known = this.#limits.admit(object.metadata.uid ?? '', cut, nowMs);
    if (known === undefined) return;
    const about = aboutOf(object);
    this.#waiting.push(() => this.#write(about, known, nowMs));
    if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await next();
      } catch (error) {
        log.debug('an event was not written', { component: this.#component, error });
      }
    }
    this.#writing = false;
  }

  async #write(about: InvolvedObject, known: KnownNote, nowMs: number): Promise<void> {
    known.count++;
    const namespace = about.namespace === '' ? 'default' : about.namespace;
    const lastTimestamp = formatTime(nowMs);
    if (known.name !== undefined) {
      const body = { count: known.count, lastTimestamp, message: known.message };
      try {
        await this.#client.patch(EVENTS, { namespace, name: known.name }, { type: 'merge', body });
        return;
      } catch (error) {
        // Events are kept for an hour or so.
        if (!isStatusError(error, 'NotFound')) throw error;
        known.count = 1;
      }
    }
    const name = `${about.name}.${randomBytes(8).toString('hex')}`;
    await this.#client.create(EVENTS, this.#event(name, namespace, about, known, lastTimestamp));
    known.name = name;
  }

  #event(name: string, namespace: string, about: InvolvedObject, known: KnownNote, now: string): KubeObject {
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: about,
      type: known.type,
      reason: known.reason,
      message: known.message,
      source: { component: this.#component },
      reportingComponent: this.#component,
      reportingInstance: '',
      firstTimestamp: now,
      lastTimestamp: now,
      count: known.count,
    };
  }
}

/** A note as it was written, to be counted when it comes again. */
export interface KnownNote extends EventNote {
  name: string | undefined;
  count: number;
}

interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

function aboutOf({ apiVersion, kind, metadata }: Shared<KubeObject>): InvolvedObject {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = metadata;
  return { apiVersion, kind, namespace, name, uid, resourceVersion };
}
