import { type KubeObject, type ResourceDefinition, timedOut } from '#kube/api';
import type { Storage, SwapResult } from '#kube/storage';
import type { ResourceCache } from './cache.ts';
import { CachedEntry } from './entry.ts';
import { textOf, toText } from './text.ts';

/** What a write is to do with the object as it is: the object to store, or `delete`, or `keep` when nothing is to change. */
export type Decision = { readonly store: KubeObject } | { readonly delete: true } | { readonly keep: true };

/** What a write did. `entry` is the object as stored, or of a delete as it was, with the revision of the deletion. */
export interface Written {
  readonly entry: CachedEntry;
  readonly deleted: boolean;
}

/** Tries of a read-modify-write before the client is asked to come back. */
const MAX_TRIES = 64;

/** The objects of one resource in storage: reads that see every acknowledged write, and compare-and-swap loops. */
export class ObjectStore {
  readonly prefix: string;
  readonly cache: ResourceCache;
  readonly #storage: Storage;
  readonly #namespaced: boolean;
  readonly #ttlSeconds: number | undefined;

  constructor(row: ResourceDefinition, storage: Storage, cache: ResourceCache, ttlSeconds?: number) {
    this.prefix = cache.prefix;
    this.cache = cache;
    this.#storage = storage;
    this.#namespaced = row.namespaced;
    this.#ttlSeconds = ttlSeconds;
  }

  key(namespace: string, name: string): string {
    return this.#namespaced ? `${this.prefix}${namespace}/${name}` : this.prefix + name;
  }

  /** The prefix of the keys of a namespace, or of all objects for ''. */
  prefixOf(namespace: string): string {
    return this.#namespaced && namespace !== '' ? `${this.prefix}${namespace}/` : this.prefix;
  }

  /** One object, linearizable. Synchronous where the cache cannot be behind. */
  get(key: string): CachedEntry | undefined | Promise<CachedEntry | undefined> {
    return this.cache.current ? this.cache.get(key) : this.#read(key);
  }

  async #read(key: string): Promise<CachedEntry | undefined> {
    if (this.#storage.exclusive) {
      await this.cache.ready();
      return this.cache.get(key);
    }
    const { entry } = await this.#storage.get(key);
    return entry === undefined ? undefined : new CachedEntry(entry.key, textOf(entry.value), entry.modRevision);
  }

  /** Stores a new object; undefined when the key is taken. */
  async create(key: string, object: KubeObject): Promise<CachedEntry | undefined> {
    const text = toText(object);
    using _expected = this.cache.expect(key, text, object);
    const result = await this.#storage.put(key, text, 0, this.#putOptions());
    return result.done ? new CachedEntry(key, text, result.revision) : undefined;
  }

  /**
   * Reads, asks `decide` and writes, again and again until nobody came in between. `decide` gets the object as it is (its own copy is
   * its business) or undefined, and whether this is a try after a conflict.
   */
  async update(
    key: string,
    decide: (current: CachedEntry | undefined, retry: boolean) => Decision | Promise<Decision>,
  ): Promise<Written> {
    let current = await this.get(key);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const decision = await decide(current, tries > 0);
      if ('keep' in decision) return { entry: current as CachedEntry, deleted: false };
      const object = 'store' in decision ? decision.store : undefined;
      const text = object && toText(object);
      if (text !== undefined && text === current?.text) return { entry: current as CachedEntry, deleted: false };
      const result = await this.#swap(key, text, object, current?.revision ?? 0);
      if (result.done) return this.#written(key, text, current, result.revision);
      const now = result.current;
      current = now === undefined ? undefined : new CachedEntry(now.key, textOf(now.value), now.modRevision);
    }
    throw timedOut(`${key} is written by others all the time; try again later`);
  }

  /** Stores `text`, which is `object`, or deletes where there is none. */
  async #swap(
    key: string,
    text: string | undefined,
    object: KubeObject | undefined,
    expected: number,
  ): Promise<SwapResult> {
    if (text === undefined || object === undefined) return this.#storage.delete(key, expected);
    using _expected = this.cache.expect(key, text, object);
    return await this.#storage.put(key, text, expected, this.#putOptions());
  }

  #written(key: string, text: string | undefined, before: CachedEntry | undefined, revision: number): Written {
    if (text !== undefined) return { entry: new CachedEntry(key, text, revision), deleted: false };
    if (before === undefined) throw new Error(`deleted ${key}, which was not there`);
    return { entry: before.at(revision), deleted: true };
  }

  #putOptions(): { ttlSeconds: number } | undefined {
    return this.#ttlSeconds === undefined ? undefined : { ttlSeconds: this.#ttlSeconds };
  }
}
