import { type KubeObject, matchesLabels, type OwnerReference, type Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { type Informer, keyOf } from '#kube/client';
import type { Loop } from './loop.ts';
import { controllerOf, indexByController, indexByNamespace, inNamespace, type OwnerKind, refersTo } from './owner.ts';

/** Whose children are followed, for whom. */
export interface FollowOptions<Owner extends KubeObject, Child extends KubeObject> {
  readonly loop: Loop;
  readonly kind: OwnerKind<Owner>;
  readonly owners: Informer<Owner>;
  readonly children: Informer<Child>;
}

/** Has owners reconciled when their children change, and when an orphan turns up that they might adopt. */
export function followChildren<Owner extends KubeObject, Child extends KubeObject>(
  options: FollowOptions<Owner, Child>,
): void {
  const { loop, children, owners } = options;
  indexByNamespace(owners);
  indexByController(children);
  loop.handle(children, {
    onAdd: (child) => wakeOwner(options, child) || wakeAdopters(options, child),
    onUpdate: (child, old) => {
      const before = controllerOf(old)?.uid;
      if (before !== undefined && before !== controllerOf(child)?.uid) wakeOwner(options, old);
      if (wakeOwner(options, child)) return;
      if (before !== undefined || !semanticEqual(old.metadata.labels, child.metadata.labels))
        wakeAdopters(options, child);
    },
    onDelete: (child) => void wakeOwner(options, child),
  });
}

/** Answers whether somebody manages the child, of this kind or not. */
function wakeOwner<Owner extends KubeObject, Child extends KubeObject>(
  { loop, owners, kind }: FollowOptions<Owner, Child>,
  child: Shared<Child>,
): boolean {
  const reference = controllerOf(child);
  if (reference === undefined) return false;
  const key = ownerKey(reference, child.metadata.namespace);
  if (refersTo(reference, kind) && owners.get(key)?.metadata.uid === reference.uid) loop.add(key);
  return true;
}

function ownerKey({ name }: Shared<OwnerReference>, namespace: string | undefined): string {
  return keyOf({ metadata: { name, namespace } });
}

function wakeAdopters<Owner extends KubeObject, Child extends KubeObject>(
  { loop, owners, kind }: FollowOptions<Owner, Child>,
  child: Shared<Child>,
): void {
  for (const owner of inNamespace(owners, child.metadata.namespace)) {
    const selector = kind.selector(owner);
    if (selector !== undefined && matchesLabels(selector, child.metadata.labels)) loop.add(keyOf(owner as KubeObject));
  }
}
