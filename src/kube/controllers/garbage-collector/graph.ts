import type { OwnerReference, ResourceDefinition, Shared } from '#kube/api';

/** The finalizers by which dependents are waited for, or let go. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** What the graph is told of an object: its metadata, and where it lives. */
export interface Observed {
  readonly row: ResourceDefinition;
  readonly metadata: {
    readonly uid?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly ownerReferences?: readonly Shared<OwnerReference>[];
  };
}

/** Who an owner is said to be: a reference, and the namespace of who makes it. */
export interface Coordinates {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** An object in the graph. */
export interface Node {
  readonly uid: string;
  /** Undefined: only others speak of it; whether it is there is yet to be seen. */
  row: ResourceDefinition | undefined;
  namespace: string;
  name: string;
  owners: readonly Shared<OwnerReference>[];
  readonly dependents: Set<Node>;
  deleting: boolean;
  /** It waits for its dependents to go first. */
  foreground: boolean;
  /** It waits for its dependents to be let go. */
  orphaning: boolean;
  /** For one that was not seen: how the first of those who speak of it named it. */
  said: Coordinates | undefined;
}

/**
 * Who owns whom, over all resources. It remembers only what matters: objects that have owners, that others call their owner, or that
 * wait for their dependents. What has nothing to do with others costs nothing. Each change names the objects to look at, by uid.
 */
export class OwnerGraph {
  readonly #nodes = new Map<string, Node>();
  readonly #look: (uid: string) => void;
  readonly #onForeignOwner: (dependent: Node, owner: Node, reference: Shared<OwnerReference>) => void;

  constructor(
    look: (uid: string) => void,
    onForeignOwner: (dependent: Node, owner: Node, reference: Shared<OwnerReference>) => void = () => undefined,
  ) {
    this.#look = look;
    this.#onForeignOwner = onForeignOwner;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid);
  }

  /** An object is there, like this. */
  observe({ row, metadata }: Observed): void {
    const { uid = '', name = '', namespace = '', finalizers = [], ownerReferences = [] } = metadata;
    const deleting = metadata.deletionTimestamp !== undefined;
    const foreground = deleting && finalizers.includes(FOREGROUND);
    const orphaning = deleting && finalizers.includes(ORPHAN);
    const known = this.#nodes.get(uid);
    if (known === undefined && ownerReferences.length === 0 && !foreground && !orphaning) return;
    const node = known ?? this.#add(uid);
    const wasSeen = node.row !== undefined;
    const waited = node.foreground || node.orphaning;
    Object.assign(node, { row, namespace, name, deleting, foreground, orphaning, said: undefined });
    if (!wasSeen) this.#checkDependents(node);
    this.#setOwners(node, ownerReferences);
    if ((foreground || orphaning) && !waited) {
      this.#look(uid);
      if (foreground) for (const dependent of node.dependents) this.#look(dependent.uid);
    }
    this.#drop(node);
  }

  /** An object is gone: its dependents may have to follow, and an owner that waited for it may go. */
  forget(uid: string): void {
    const node = this.#nodes.get(uid);
    if (node === undefined) return;
    this.#nodes.delete(uid);
    for (const dependent of node.dependents) this.#look(dependent.uid);
    for (const { uid: ownerUid } of node.owners) this.#unlink(node, ownerUid);
  }

  /** After a new list of a resource: what it did not show is gone. */
  forgetUnseen(row: ResourceDefinition, seen: ReadonlySet<string>): void {
    for (const node of [...this.#nodes.values()]) {
      if (node.row?.group === row.group && node.row.plural === row.plural && !seen.has(node.uid)) this.forget(node.uid);
    }
  }

  #add(uid: string): Node {
    const node: Node = {
      uid,
      row: undefined,
      namespace: '',
      name: '',
      owners: [],
      dependents: new Set(),
      deleting: false,
      foreground: false,
      orphaning: false,
      said: undefined,
    };
    this.#nodes.set(uid, node);
    return node;
  }

  #setOwners(node: Node, owners: readonly Shared<OwnerReference>[]): void {
    const before = node.owners;
    node.owners = owners;
    for (const { uid } of before) if (!owners.some((owner) => owner.uid === uid)) this.#unlink(node, uid);
    for (const reference of owners) {
      const old = before.find(({ uid }) => uid === reference.uid);
      if (old === undefined) this.#link(node, reference);
      // Nobody has to wait for it any more.
      else if (old.blockOwnerDeletion === true && reference.blockOwnerDeletion !== true)
        this.#lookIfWaiting(reference.uid);
    }
  }

  #link(node: Node, reference: Shared<OwnerReference>): void {
    let owner = this.#nodes.get(reference.uid);
    if (owner === undefined) {
      owner = this.#add(reference.uid);
      const { apiVersion, kind, name, uid } = reference;
      owner.said = { apiVersion, kind, name, uid, namespace: node.namespace };
      this.#look(uid);
    }
    owner.dependents.add(node);
    if (owner.row === undefined) {
      // It is being looked for under the name that another gave it.
      if (!isSame(owner.said, reference, node.namespace)) this.#look(node.uid);
      return;
    }
    this.#checkReference(node, owner, reference);
    if (owner.foreground || owner.orphaning) {
      this.#look(owner.uid);
      this.#look(node.uid);
    }
  }

  /** The owner turned up: those who gave it another name or namespace are wrong about it. */
  #checkDependents(owner: Node): void {
    for (const dependent of owner.dependents) {
      const reference = dependent.owners.find(({ uid }) => uid === owner.uid);
      if (reference !== undefined) this.#checkReference(dependent, owner, reference);
    }
  }

  #checkReference(dependent: Node, owner: Node, reference: Shared<OwnerReference>): void {
    if (owner.row?.namespaced === true && owner.namespace !== dependent.namespace) {
      this.#onForeignOwner(dependent, owner, reference);
    } else if (fits(owner, reference, dependent.namespace)) return;
    this.#look(dependent.uid);
  }

  #unlink(node: Node, ownerUid: string): void {
    const owner = this.#nodes.get(ownerUid);
    if (owner === undefined) return;
    owner.dependents.delete(node);
    this.#lookIfWaiting(ownerUid);
    this.#drop(owner);
  }

  #lookIfWaiting(uid: string): void {
    if (this.#nodes.get(uid)?.foreground === true) this.#look(uid);
  }

  #drop(node: Node): void {
    if (node.dependents.size > 0 || node.owners.length > 0 || node.foreground || node.orphaning) return;
    this.#nodes.delete(node.uid);
  }
}

/** Is the reference about this object, by kind, name and namespace? */
export function fits(owner: Node, reference: Shared<OwnerReference>, namespace: string): boolean {
  const { row } = owner;
  if (row === undefined || row.kind !== reference.kind || owner.name !== reference.name) return false;
  return groupOf(reference.apiVersion) === row.group && (!row.namespaced || owner.namespace === namespace);
}

/** `apps` of `apps/v1`. */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

function isSame(said: Coordinates | undefined, reference: Shared<OwnerReference>, namespace: string): boolean {
  return (
    said !== undefined &&
    said.kind === reference.kind &&
    said.name === reference.name &&
    said.apiVersion === reference.apiVersion &&
    said.namespace === namespace
  );
}
