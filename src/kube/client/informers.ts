import { type GroupVersionResource, groupVersion, type KubeObject } from '#kube/api';
import type { Client } from './contract.ts';
import { Informer } from './informer.ts';

/** Informers that are shared: one for each resource, over all namespaces, started when it is first asked for. */
export class Informers implements AsyncDisposable {
  readonly #client: Client;
  readonly #all = new Map<string, Informer>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The informer of a resource. The type is the caller's promise. */
  of<T extends KubeObject = KubeObject>(resource: GroupVersionResource): Informer<T> {
    const name = `${groupVersion(resource)}/${resource.resource}`;
    let informer = this.#all.get(name);
    if (informer === undefined) {
      informer = new Informer(this.#client, { resource }).start();
      this.#all.set(name, informer);
    }
    return informer as unknown as Informer<T>;
  }

  /** Resolves when all informers that were asked for know their objects. */
  async synced(): Promise<void> {
    await Promise.all([...this.#all.values()].map((informer) => informer.synced()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all.values()].map((informer) => informer[Symbol.asyncDispose]()));
  }
}
