import { type KubeObject, parseGroupVersion, type ResourceDefinition } from '#kube/api';
import { type Client, findObject } from '#kube/client';
import { resourceOf } from '../collections/mod.ts';
import type { Coordinates } from './graph.ts';

/** What a look for an owner found. `unknown`: nobody can say, its kind isn't served or the reference makes no sense. */
export type Found =
  | { readonly state: 'present'; readonly object: KubeObject; readonly row: ResourceDefinition }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown' };

/** Owners that are known to be gone; more are forgotten. A uid never comes back. */
const MAX_ABSENT = 500;

/** Looks for owners where they are said to be, at the API itself: nothing is deleted because a cache lags. */
export class Owners {
  readonly #client: Client;
  readonly #rows: () => readonly ResourceDefinition[];
  readonly #absent = new Set<string>();

  constructor(client: Client, rows: () => readonly ResourceDefinition[]) {
    this.#client = client;
    this.#rows = rows;
  }

  /** Is the owner there, under this name and uid? */
  async find(said: Coordinates): Promise<Found> {
    const row = this.#rowOf(said);
    if (row === undefined) return { state: 'unknown' };
    // Nothing outside of namespaces can belong to something inside.
    if (row.namespaced && said.namespace === '') return { state: 'unknown' };
    const key = `${said.uid} ${said.apiVersion} ${said.kind} ${said.namespace} ${said.name}`;
    if (this.#absent.has(key)) return { state: 'absent' };
    const object = await this.get(row, row.namespaced ? said.namespace : '', said.name, said.uid);
    if (object !== undefined) return { state: 'present', object, row };
    this.#remember(key);
    return { state: 'absent' };
  }

  /** An object by name, if it has this uid. */
  async get(row: ResourceDefinition, namespace: string, name: string, uid: string): Promise<KubeObject | undefined> {
    const object = await findObject(this.#client, resourceOf(row), { namespace, name });
    return object?.metadata.uid === uid ? object : undefined;
  }

  /** Looks in the other namespaces: for an owner that somebody names who must not. */
  async findElsewhere({ uid, name, ...said }: Coordinates): Promise<Found> {
    const row = this.#rowOf({ uid, name, ...said });
    if (row?.namespaced !== true) return { state: 'absent' };
    const { items } = await this.#client.list(resourceOf(row), { fieldSelector: `metadata.name=${name}` });
    const object = items.find(({ metadata }) => metadata.uid === uid);
    return object === undefined ? { state: 'absent' } : { state: 'present', object, row };
  }

  #rowOf({ apiVersion, kind }: Coordinates): ResourceDefinition | undefined {
    const { group, version } = parseGroupVersion(apiVersion);
    return this.#rows().find(
      (row) => row.group === group && row.kind === kind && row.versions.some(({ name }) => name === version),
    );
  }

  #remember(key: string): void {
    this.#absent.add(key);
    if (this.#absent.size <= MAX_ABSENT) return;
    const oldest = this.#absent.values().next();
    if (!oldest.done) this.#absent.delete(oldest.value);
  }
}
