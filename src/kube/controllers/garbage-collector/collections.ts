import type { KubeObject, ResourceDefinition, Shared } from '#kube/api';
import type { Client } from '#kube/client';
import type { CatalogPort } from '../contract.ts';
import { Follower } from './follow.ts';
import { resourceOf } from './owners.ts';

/** Who hears of all objects. */
export interface CollectionsSink {
  readonly onObject: (row: ResourceDefinition, object: Shared<KubeObject>) => void;
  readonly onGone: (object: Shared<KubeObject>) => void;
  readonly onListed: (row: ResourceDefinition, uids: ReadonlySet<string>) => void;
  /** Other resources are served than before. */
  readonly onResources: () => void;
}

interface Followed {
  readonly row: ResourceDefinition;
  readonly follower: Follower;
}

/** Does the collector look at objects of this resource? Events belong to nobody, and go by themselves. */
export function isCollected({ stored, verbs, kind }: ResourceDefinition): boolean {
  if (stored === false || kind === 'Event') return false;
  return verbs.includes('list') && verbs.includes('watch') && verbs.includes('delete');
}

/** Follows every resource that is served, as they come and go. */
export class Collections implements AsyncDisposable {
  readonly #client: Client;
  readonly #catalog: CatalogPort;
  readonly #sink: CollectionsSink;
  readonly #followed = new Map<string, Followed>();
  readonly #subscription: Disposable;
  readonly #ending = new Set<Promise<void>>();
  #due: NodeJS.Immediate | undefined;

  constructor(client: Client, catalog: CatalogPort, sink: CollectionsSink) {
    this.#client = client;
    this.#catalog = catalog;
    this.#sink = sink;
    this.#subscription = catalog.subscribe(() => {
      this.#due ??= setImmediate(() => this.#update());
    });
    this.#update();
  }

  /** Resolves when all resources of now were listed. */
  async listed(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ follower }) => follower.listed()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription[Symbol.dispose]();
    clearImmediate(this.#due);
    for (const key of this.#followed.keys()) this.#end(key);
    await Promise.all(this.#ending);
  }

  #update(): void {
    this.#due = undefined;
    const rows = new Map(
      this.#catalog
        .rows()
        .filter(isCollected)
        .map((row) => [`${row.group}/${row.plural}`, row]),
    );
    for (const [key, { row }] of this.#followed) {
      const now = rows.get(key);
      if (now !== undefined && resourceOf(now).version === resourceOf(row).version) continue;
      this.#end(key);
      if (now === undefined) this.#sink.onListed(row, NONE);
    }
    for (const [key, row] of rows) if (!this.#followed.has(key)) this.#follow(key, row);
    this.#sink.onResources();
  }

  #follow(key: string, row: ResourceDefinition): void {
    const follower = new Follower(this.#client, resourceOf(row), {
      onObject: (object) => this.#sink.onObject(row, object),
      onGone: (object) => this.#sink.onGone(object),
      onListed: (uids) => this.#sink.onListed(row, uids),
    });
    this.#followed.set(key, { row, follower });
  }

  #end(key: string): void {
    const ended = this.#followed.get(key)?.follower[Symbol.asyncDispose]();
    this.#followed.delete(key);
    if (ended === undefined) return;
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended));
  }
}

const NONE: ReadonlySet<string> = new Set();
