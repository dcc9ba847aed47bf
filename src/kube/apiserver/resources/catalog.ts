import { groupVersion, type ResourceDefinition, type ResourceVersion } from '#kube/api';

/** A resource in one of its served versions: what a path such as `/apis/apps/v1/deployments` leads to. */
export interface Endpoint {
  readonly row: ResourceDefinition;
  readonly version: ResourceVersion;
}

/** Every resource that is served now: the built-in ones and those of CRDs, which come and go. */
export class ResourceCatalog {
  readonly #rows = new Map<string, ResourceDefinition>();
  readonly #byPath = new Map<string, Endpoint>();
  readonly #byKind = new Map<string, Endpoint>();
  readonly #subscribers = new Set<() => void>();
  #generation = 0;

  constructor(rows: readonly ResourceDefinition[]) {
    for (const row of rows) this.set(row);
  }

  /** Grows with every change: what is made from the catalog (discovery, OpenAPI) is kept until it moves. */
  get generation(): number {
    return this.#generation;
  }

  /** Calls `onChange` after each change; several in a row may each be told. */
  subscribe(onChange: () => void): Disposable {
    this.#subscribers.add(onChange);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(onChange) };
  }

  /** Adds a resource, or replaces the one of the same group and name. */
  set(row: ResourceDefinition): void {
    this.remove(row.group, row.plural);
    this.#rows.set(`${row.group}/${row.plural}`, row);
    for (const version of row.versions) {
      const gv = groupVersion({ group: row.group, version: version.name });
      const endpoint = { row, version };
      this.#byPath.set(`${gv}/${row.plural}`, endpoint);
      if (!this.#byKind.has(`${gv}/${row.kind}`)) this.#byKind.set(`${gv}/${row.kind}`, endpoint);
    }
    this.#changed();
  }

  remove(group: string, plural: string): ResourceDefinition | undefined {
    const row = this.#rows.get(`${group}/${plural}`);
    if (row === undefined) return undefined;
    this.#rows.delete(`${group}/${plural}`);
    for (const version of row.versions) {
      const gv = groupVersion({ group, version: version.name });
      this.#byPath.delete(`${gv}/${plural}`);
      if (this.#byKind.get(`${gv}/${row.kind}`)?.row === row) this.#byKind.delete(`${gv}/${row.kind}`);
    }
    this.#changed();
    return row;
  }

  /** What `/apis/<group>/<version>/<plural>` leads to. */
  find(group: string, version: string, plural: string): Endpoint | undefined {
    return this.#byPath.get(group === '' ? `${version}/${plural}` : `${group}/${version}/${plural}`);
  }

  /** Where objects of a kind live. */
  ofKind(group: string, version: string, kind: string): Endpoint | undefined {
    return this.#byKind.get(group === '' ? `${version}/${kind}` : `${group}/${version}/${kind}`);
  }

  /** A resource whatever its versions. */
  row(group: string, plural: string): ResourceDefinition | undefined {
    return this.#rows.get(`${group}/${plural}`);
  }

  rows(): ResourceDefinition[] {
    return [...this.#rows.values()];
  }
  #changed(): void {
    this.#generation++;
    for (const onChange of this.#subscribers) onChange();
  }
}
