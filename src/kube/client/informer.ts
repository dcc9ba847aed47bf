import { log } from '#base';
import {
  type GroupVersionResource,
  isStatusError,
  type KubeObject,
  type Shared,
  type Status,
  StatusError,
} from '#kube/api';
import { backoffMs, pause } from './backoff.ts';
import { type Client, type ObjectSource, sourceOf } from './contract.ts';

/** What an informer tells of objects. They are shared: nobody may change them. */
export interface InformerHandler<T extends KubeObject> {
  readonly onAdd?: (object: Shared<T>) => void;
  readonly onUpdate?: (object: Shared<T>, old: Shared<T>) => void;
  readonly onDelete?: (object: Shared<T>) => void;
}

/** Which objects an informer follows, and by what else than their key they are to be found. */
export interface InformerOptions<T extends KubeObject> {
  readonly resource: GroupVersionResource;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** By name of the index: the values under which an object is found. */
  readonly indexes?: Readonly<Record<string, (object: Shared<T>) => readonly string[]>>;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;

/** `namespace/name`, or `name` for what has no namespace: the key of an object for informers and work queues. */
export function keyOf({
  metadata,
}: {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}): string {
  return (metadata.namespace ?? '') === '' ? (metadata.name ?? '') : `${metadata.namespace}/${metadata.name}`;
}

/** The parts of a key. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * A local copy of a collection that follows it: list once, watch from there, again and again, without a gap (client-go's shared informer).
 * Starts with `start`; until `synced` resolves it knows nothing.
 */
export class Informer<T extends KubeObject = KubeObject> implements AsyncDisposable {
  readonly #client: Client;
  readonly #options: InformerOptions<T>;
  readonly #objects = new Map<string, ObjectSource<T>>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #stop = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(client: Client, options: InformerOptions<T>) {
    this.#client = client;
    this.#options = options;
    for (const [name, valuesOf] of Object.entries(options.indexes ?? {})) this.addIndex(name, valuesOf);
    this.#synced.promise.catch(() => undefined);
  }

  /** Begins to follow; calling it again changes nothing. */
  start(): this {
    this.#running ??= this.#run();
    return this;
  }

  /** Resolves when the first list is complete; rejects when the informer is disposed before. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  get(key: string): Shared<T> | undefined {
    return this.#objects.get(key)?.object;
  }

  /** All of them. Where they are many, an index costs less: they may have to be parsed. */
  list(): Shared<T>[] {
    return [...this.#objects.values()].map(({ object }) => object);
  }

  /** The keys of all objects. */
  keys(): string[] {
    return [...this.#objects.keys()];
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Up to which revision everything was told to the handlers; undefined while a list is under way. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }

  /** The objects that an index has under a value; of these, where wanted, those whose labels match. */
  byIndex(index: string, value: string, matches?: (labels: Labels) => boolean): Shared<T>[] {
    const found: Shared<T>[] = [];
    for (const key of this.#indexes.get(index)?.keys.get(value) ?? []) {
      const source = this.#objects.get(key) as ObjectSource<T>;
      if (matches === undefined || matches(source.labels)) found.push(source.object);
    }
    return found;
  }

  /** The values under which an index has objects, and how many. */
  valuesOf(index: string): ReadonlyMap<string, { readonly size: number }> {
    return this.#indexes.get(index)?.keys ?? NO_VALUES;
  }

  /** Adds an index by name, if it isn't there; objects are found under the values that `valuesOf` gives. */
  addIndex(name: string, valuesOf: (object: Shared<T>) => readonly string[]): this {
    if (this.#indexes.has(name)) return this;
    const index: Index<T> = { valuesOf, keys: new Map() };
    this.#indexes.set(name, index);
    for (const [key, { object }] of this.#objects) enter(index, key, object);
    return this;
  }

  /** Tells a handler of all objects that are there, and of what comes. */
  handle(handler: InformerHandler<T>): Disposable {
    this.#handlers.add(handler);
    if (handler.onAdd !== undefined) for (const { object } of this.#objects.values()) handler.onAdd(object);
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#synced.reject(new Error(`the informer of ${this.#options.resource.resource} was stopped`));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const sawAny = await this.#follow(signal);
        // A server that ends every watch at once is not asked as fast as it can answer.
        if (!sawAny) await this.#retryLater(new Error('the watch ended without an event'), signal);
      } catch (error) {
        if (signal.aborted) return;
        const isTooOld = isStatusError(error) && error.code === 410 && this.#resourceVersion !== undefined;
        if (isTooOld) this.#resourceVersion = undefined;
        else await this.#retryLater(error, signal);
      }
    }
  }

  async #retryLater(error: unknown, signal: AbortSignal): Promise<void> {
    log.debug('an informer tries again', { resource: this.#options.resource.resource, error });
    await pause(backoffMs(this.#failures++, FIRST_RETRY_MS, MAX_RETRY_MS), signal);
  }

  /** One watch: with the present objects first, or on from where the last one ended. Answers whether anything came. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const initial = this.#resourceVersion === undefined;
    const seen = initial ? new Set<string>() : undefined;
    const events = this.#client.watch<T>(resource, {
      signal,
      allowWatchBookmarks: true,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(initial
        ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' as const }
        : { resourceVersion: this.#resourceVersion as string }),
    });
    let present = seen;
    let sawAny = false;
    for await (const event of events) {
      if (event.type === 'ERROR') throw StatusError.from(event.object as unknown as Status);
      this.#failures = 0;
      sawAny = true;
      const source = sourceOf(event);
      const { object } = source;
      const { metadata } = object;
      if (event.type === 'BOOKMARK') {
        if (metadata.annotations?.['k8s.io/initial-events-end'] === 'true') {
          this.#removeUnseen(present);
          present = undefined;
          this.#synced.resolve();
        }
      } else if (event.type === 'DELETED') this.#remove(keyOf({ metadata }), object);
      else this.#set(source, object, present);
      // Half a list is no place to go on from.
      if (present === undefined) this.#resourceVersion = metadata.resourceVersion;
    }
    return sawAny;
  }

  /** After a new list: what it did not show is gone. */
  #removeUnseen(seen: ReadonlySet<string> | undefined): void {
    if (seen === undefined) return;
    for (const [key, source] of this.#objects) if (!seen.has(key)) this.#remove(key, source.object);
  }

  #set(source: ObjectSource<T>, object: Shared<T>, seen: Set<string> | undefined): void {
    const key = keyOf(object as KubeObject);
    seen?.add(key);
    const old = this.#objects.get(key)?.object;
    if (old !== undefined && old.metadata.resourceVersion === object.metadata.resourceVersion) return;
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, source);
    this.#index(key, object);
    for (const handler of this.#handlers) {
      if (old === undefined) handler.onAdd?.(object);
      else handler.onUpdate?.(object, old);
    }
  }

  #remove(key: string, last: Shared<T>): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#objects.delete(key);
    this.#unindex(key, old.object);
    for (const handler of this.#handlers) handler.onDelete?.(last);
  }

  #index(key: string, object: Shared<T>): void {
    for (const index of this.#indexes.values()) enter(index, key, object);
  }

  #unindex(key: string, object: Shared<T>): void {
    for (const { valuesOf, keys } of this.#indexes.values()) {
      for (const value of valuesOf(object)) {
        const found = keys.get(value);
        found?.delete(key);
        if (found?.size === 0) keys.delete(value);
      }
    }
  }
}

type Labels = Readonly<Record<string, string>> | undefined;

const NO_VALUES: ReadonlyMap<string, { readonly size: number }> = new Map();

interface Index<T extends KubeObject> {
  readonly valuesOf: (object: Shared<T>) => readonly string[];
  readonly keys: Map<string, Set<string>>;
}

function enter<T extends KubeObject>({ valuesOf, keys }: Index<T>, key: string, object: Shared<T>): void {
  for (const value of valuesOf(object)) {
    let found = keys.get(value);
    if (found === undefined) {
      found = new Set();
      keys.set(value, found);
    }
    found.add(key);
  }
}
