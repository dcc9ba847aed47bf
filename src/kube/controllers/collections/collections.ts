import type { GroupVersionResource, ResourceDefinition } from '#kube/api';
import type { Client, ObjectSource } from '#kube/client';
import type { CatalogPort } from '../contract.ts';
import { Follower } from './follow.ts';

/** Who hears of all objects. */
export interface CollectionsSink {
  readonly onObject: (row: ResourceDefinition, source: ObjectSource) => void;
  readonly onGone: (row: ResourceDefinition, source: ObjectSource) => void;
  readonly onListed: (row: ResourceDefinition, uids: ReadonlySet<string>) => void;
  /** Other resources are served than before. */
  readonly onResources: () => void;
}

interface Followed {
  readonly row: ResourceDefinition;
  readonly follower: Follower;
}

/** Where the objects of a row are asked for. */
export function resourceOf({ group, plural, versions, storageVersion }: ResourceDefinition): GroupVersionResource {
  return { group, version: versions[0]?.name ?? storageVersion, resource: plural };
}

/** Can the objects of this resource be followed? Events come and go too often, and nobody's state depends on them. */
function canBeFollowed({ stored, verbs, kind }: ResourceDefinition): boolean {
  return stored !== false && kind !== 'Event' && verbs.includes('list') && verbs.includes('watch');
}

/** Follows the resources that are wanted, as they come and go. Nothing is kept of their objects. */
export class Collections implements AsyncDisposable {
  readonly #client: Client;
  readonly #catalog: CatalogPort;
  readonly #sink: CollectionsSink;
  readonly #wants: (row: ResourceDefinition) => boolean;
  readonly #followed = new Map<string, Followed>();
  readonly #subscription: Disposable;
  readonly #ending = new Set<Promise<void>>();
  #due: NodeJS.Immediate | undefined;

  constructor(
    client: Client,
    catalog: CatalogPort,
    wants: (row: ResourceDefinition) => boolean,
    sink: CollectionsSink,
  ) {
    this.#wants = wants;
    this.#client = client;
    this.#catalog = catalog;
    this.#sink = sink;
    this.#subscription = catalog.subscribe(() => this.update());
    this.#update();
  }

  /** Looks again, soon, which resources are wanted. */
  update(): void {
    this.#due ??= setImmediate(() => this.#update());
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
        .filter((row) => canBeFollowed(row) && this.#wants(row))
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
      onObject: (source) => this.#sink.onObject(row, source),
      onGone: (source) => this.#sink.onGone(row, source),
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
