import { type GroupVersionResource, isStatusError, type KubeObject, matchesLabels, type Shared } from '#kube/api';
import { type Client, findObject, type Informer } from '#kube/client';
import { controlledBy, controllerRef, type OwnerKind, orphans } from './owner.ts';

/** Who claims which children. */
export interface ClaimOptions<Owner extends KubeObject, Child extends KubeObject> {
  readonly client: Client;
  readonly kind: OwnerKind<Owner>;
  readonly children: Informer<Child>;
  readonly childResource: GroupVersionResource;
  /** Orphans that match the selector and still are not to be adopted. */
  readonly refuses?: (child: Shared<Child>) => boolean;
  /** Taken off children that are released. */
  readonly finalizer?: string;
}

/**
 * The children that are `owner`'s own: those that it manages and that match, with orphans that match adopted and
 * those that match no longer released. An owner that is being deleted changes nothing.
 */
export async function claimChildren<Owner extends KubeObject, Child extends KubeObject>(
  owner: Shared<Owner>,
  options: ClaimOptions<Owner, Child>,
): Promise<Shared<Child>[]> {
  const matcher = options.kind.selector(owner);
  const matches = (child: Shared<Child>) => matcher !== undefined && matchesLabels(matcher, child.metadata.labels);
  const claimed: Shared<Child>[] = [];
  for (const child of controlledBy(options.children, owner as Shared<KubeObject>)) {
    if (matches(child)) claimed.push(child);
    else if (owner.metadata.deletionTimestamp === undefined) await release(owner, child, options);
  }
  if (owner.metadata.deletionTimestamp !== undefined || matcher === undefined) return claimed;
  for (const child of orphans(options.children, owner.metadata.namespace, matcher)) {
    if (child.metadata.deletionTimestamp !== undefined || options.refuses?.(child) === true) continue;
    const adopted = await adopt(owner, child, options);
    if (adopted !== undefined) claimed.push(adopted);
  }
  return claimed;
}

/** Undefined when somebody else was first, or the child is gone. */
async function adopt<Owner extends KubeObject, Child extends KubeObject>(
  owner: Shared<Owner>,
  child: Shared<Child>,
  { client, kind, childResource, finalizer }: ClaimOptions<Owner, Child>,
): Promise<Shared<Child> | undefined> {
  if (!(await isAlive(owner, client, kind))) return undefined;
  const ownerReferences = [...(child.metadata.ownerReferences ?? []), controllerRef(owner as Shared<KubeObject>, kind)];
  const finalizers =
    finalizer === undefined ? {} : { finalizers: [...new Set([...(child.metadata.finalizers ?? []), finalizer])] };
  return patchChild<Child>(client, childResource, child, { ownerReferences, ...finalizers });
}

/** The informer may be behind: an owner that was deleted, or made anew under its name, must not adopt. */
async function isAlive(owner: Shared<KubeObject>, client: Client, { resource }: OwnerKind<never>): Promise<boolean> {
  const { name = '', namespace, uid } = owner.metadata;
  const found = await findObject(client, resource, { name, namespace });
  return found !== undefined && found.metadata.uid === uid && found.metadata.deletionTimestamp === undefined;
}

async function release<Owner extends KubeObject, Child extends KubeObject>(
  owner: Shared<Owner>,
  child: Shared<Child>,
  { client, childResource, finalizer }: ClaimOptions<Owner, Child>,
): Promise<void> {
  const ownerReferences = (child.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  const finalizers =
    finalizer === undefined
      ? {}
      : { finalizers: (child.metadata.finalizers ?? []).filter((name) => name !== finalizer) };
  await patchChild(client, childResource, child, { ownerReferences, ...finalizers });
}

/** A merge patch that holds only while the child is as it was seen: lists are replaced whole. */
async function patchChild<Child extends KubeObject>(
  client: Client,
  resource: GroupVersionResource,
  child: Shared<Child>,
  change: Readonly<Record<string, unknown>>,
): Promise<Shared<Child> | undefined> {
  const { name = '', namespace, uid, resourceVersion } = child.metadata;
  const body = { metadata: { uid, resourceVersion, ...change } };
  try {
    return (await client.patch<Child>(resource, { name, namespace }, { type: 'merge', body })) as Shared<Child>;
  } catch (error) {
    if (isStatusError(error, 'NotFound') || isStatusError(error, 'Invalid')) return undefined;
    throw error;
  }
}
