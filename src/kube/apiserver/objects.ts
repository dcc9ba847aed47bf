import type { GroupResource, KubeObject, Shared } from '#kube/api';
import type { ResourceCatalog } from './resources/catalog.ts';
import { Following, type ResourceCache, type Stores } from './store/mod.ts';

/** A synchronous view on objects that stay loaded: for access control, admission and others on the path of every request. */
export class ObjectView implements AsyncDisposable {
  readonly #catalog: ResourceCatalog;
  readonly #stores: Stores;
  readonly #loaded = new Map<string, Loaded>();
  /** The same by the objects that they are asked for with, mostly constants: a request makes dozens of look-ups. */
  readonly #asked = new WeakMap<GroupResource, ResourceCache>();

  constructor(catalog: ResourceCatalog, stores: Stores) {
    this.#catalog = catalog;
    this.#stores = stores;
  }

  /** Loads these resources; they can be read from then on. */
  async load(resources: readonly GroupResource[]): Promise<void> {
    await Promise.all(resources.map((resource) => this.#cache(resource)?.ready()));
  }

  /** The objects of a resource, of one namespace or of all. Shared: not to be changed. */
  list(resource: GroupResource, namespace = ''): readonly Shared<KubeObject>[] {
    const cache = this.#cache(resource);
    if (cache === undefined || cache.size === 0) return [];
    const prefix = namespace === '' ? cache.prefix : `${cache.prefix}${namespace}/`;
    return cache.below(prefix).map((entry) => entry.object);
  }

  /** One object; `namespace` is '' for cluster-scoped ones. */
  get(resource: GroupResource, namespace: string, name: string): Shared<KubeObject> | undefined {
    const cache = this.#cache(resource);
    return cache?.get(`${cache.prefix}${namespace === '' ? '' : `${namespace}/`}${name}`)?.object;
  }

  /** Calls `onChange` after each change of a resource's objects, also when the cache has started anew. */
  subscribe(resource: GroupResource, onChange: () => void): Disposable {
    const cache = this.#cache(resource);
    if (cache === undefined) return { [Symbol.dispose]: () => undefined };
    return new Following(cache, onChange);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { staysLoaded } of this.#loaded.values()) staysLoaded[Symbol.dispose]();
    this.#loaded.clear();
  }

  #cache(asked: GroupResource): ResourceCache | undefined {
    let cache = this.#asked.get(asked);
    if (cache !== undefined && !cache.disposed) return cache;
    cache = this.#load(asked);
    if (cache !== undefined) this.#asked.set(asked, cache);
    return cache;
  }

  #load({ group, resource }: GroupResource): ResourceCache | undefined {
    const name = `${group}/${resource}`;
    const known = this.#loaded.get(name);
    if (known !== undefined && !known.cache.disposed) return known.cache;
    const row = this.#catalog.row(group, resource);
    if (row === undefined) return undefined;
    const { cache } = this.#stores.of(row);
    this.#loaded.set(name, { cache, staysLoaded: new Following(cache, () => undefined) });
    return cache;
  }
}

/** Nobody who reads here waits, or would notice that a cache has broken off: following keeps it loaded. */
interface Loaded {
  readonly cache: ResourceCache;
  readonly staysLoaded: Disposable;
}
