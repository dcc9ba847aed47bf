import type { ResourceCatalog } from '../resources/catalog.ts';

/** Something that is made of the catalog, once for each state of it. */
export class MadeFromCatalog<T> {
  readonly #catalog: ResourceCatalog;
  readonly #make: () => T;
  #made: { readonly generation: number; readonly value: T } | undefined;

  constructor(catalog: ResourceCatalog, make: () => T) {
    this.#catalog = catalog;
    this.#make = make;
  }

  get(): T {
    const { generation } = this.#catalog;
    if (this.#made?.generation !== generation) this.#made = { generation, value: this.#make() };
    return this.#made.value;
  }

  /** Makes it anew next time: for what depends on more than the catalog. */
  forget(): void {
    this.#made = undefined;
  }
}
