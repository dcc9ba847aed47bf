import type { ResourceDefinition } from '#kube/api';
import type { Storage } from '#kube/storage';
import { ResourceCache } from './cache.ts';
import { ObjectStore } from './store.ts';

/** What is particular to a resource's storage. */
export interface StoresOptions {
  /** How long events are kept. Default one hour, as upstream. */
  readonly eventTtlSeconds?: number;
}

/** One store for each resource that keeps objects; resources that share a prefix (the two events) share the cache. */
export class Stores implements Disposable {
  readonly #storage: Storage;
  readonly #options: StoresOptions;
  readonly #caches = new Map<string, ResourceCache>();
  readonly #stores = new Map<string, ObjectStore>();

  constructor(storage: Storage, options: StoresOptions = {}) {
    this.#storage = storage;
    this.#options = options;
  }

  /** The store of a resource; made when it is first asked for. */
  of(row: ResourceDefinition): ObjectStore {
    const name = `${row.group}/${row.plural}`;
    let store = this.#stores.get(name);
    if (store === undefined) {
      const ttlSeconds = row.kind === 'Event' ? (this.#options.eventTtlSeconds ?? 3600) : undefined;
      store = new ObjectStore(row, this.#storage, this.#cache(storagePrefix(row)), ttlSeconds);
      this.#stores.set(name, store);
    }
    return store;
  }

  /** Forgets a resource whose definition is gone; its watchers are ended. */
  drop(row: ResourceDefinition): void {
    const prefix = storagePrefix(row);
    this.#stores.delete(`${row.group}/${row.plural}`);
    this.#caches.get(prefix)?.[Symbol.dispose]();
    this.#caches.delete(prefix);
  }

  [Symbol.dispose](): void {
    for (const cache of this.#caches.values()) cache[Symbol.dispose]();
  }

  #cache(prefix: string): ResourceCache {
    let cache = this.#caches.get(prefix);
    if (cache === undefined) {
      cache = new ResourceCache(this.#storage, prefix);
      this.#caches.set(prefix, cache);
    }
    return cache;
  }
}

/** `/registry/pods/`: upstream's layout. */
export function storagePrefix(row: ResourceDefinition): string {
  return `/registry/${row.storagePrefix ?? row.plural}/`;
}
