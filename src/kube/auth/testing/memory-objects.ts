import type { GroupResource, KubeObject, Shared } from '#kube/api';
import type { Objects } from '../objects.ts';

/** Objects for tests: what is put is there at once, and subscribers hear of it. */
export class MemoryObjects implements Objects {
  readonly #resources = new Map<string, Map<string, KubeObject>>();
  readonly #subscribers = new Map<string, Set<() => void>>();

  put(resource: GroupResource, object: KubeObject): void {
    this.#of(resource).set(keyOf(object.metadata.namespace ?? '', object.metadata.name ?? ''), object);
    this.#tell(resource);
  }

  remove(resource: GroupResource, namespace: string, name: string): void {
    this.#of(resource).delete(keyOf(namespace, name));
    this.#tell(resource);
  }

  list(resource: GroupResource, namespace = ''): readonly Shared<KubeObject>[] {
    const all = [...this.#of(resource).values()];
    return namespace === '' ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  get(resource: GroupResource, namespace: string, name: string): Shared<KubeObject> | undefined {
    return this.#of(resource).get(keyOf(namespace, name));
  }

  subscribe(resource: GroupResource, onChange: () => void): Disposable {
    const name = nameOf(resource);
    const subscribers = this.#subscribers.get(name) ?? new Set();
    this.#subscribers.set(name, subscribers.add(onChange));
    return { [Symbol.dispose]: () => void subscribers.delete(onChange) };
  }

  #of(resource: GroupResource): Map<string, KubeObject> {
    const name = nameOf(resource);
    let objects = this.#resources.get(name);
    if (objects === undefined) {
      objects = new Map();
      this.#resources.set(name, objects);
    }
    return objects;
  }

  #tell(resource: GroupResource): void {
    for (const onChange of this.#subscribers.get(nameOf(resource)) ?? []) onChange();
  }
}

function nameOf({ group, resource }: GroupResource): string {
  return `${group}/${resource}`;
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
