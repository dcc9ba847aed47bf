import type { GroupResource, KubeObject, Shared } from '#kube/api';
import type { Objects } from '#kube/auth';

interface Known<T> {
  readonly object: Shared<KubeObject>;
  readonly value: T;
}

/** What is made of the objects of a resource that configure admission: made once for each state of each object. */
export class Configurations<T> {
  readonly #objects: Objects;
  readonly #resource: GroupResource;
  readonly #make: (object: Shared<KubeObject>) => T;
  #known = new Map<string, Known<T>>();

  constructor(objects: Objects, resource: GroupResource, make: (object: Shared<KubeObject>) => T) {
    this.#objects = objects;
    this.#resource = resource;
    this.#make = make;
  }

  /** True when there is none: the usual case, which must cost nothing. */
  get isEmpty(): boolean {
    return this.#objects.list(this.#resource).length === 0;
  }

  /** In the order of their names, as of now. */
  all(): T[] {
    const objects = this.#objects.list(this.#resource);
    const known = new Map(objects.map((object) => [object.metadata.name ?? '', this.#of(object)]));
    this.#known = known;
    return [...known.values()].map(({ value }) => value);
  }

  #of(object: Shared<KubeObject>): Known<T> {
    const before = this.#known.get(object.metadata.name ?? '');
    const isSame =
      before !== undefined &&
      before.object.metadata.uid === object.metadata.uid &&
      before.object.metadata.resourceVersion === object.metadata.resourceVersion;
    return isSame ? before : { object, value: this.#make(object) };
  }
}
