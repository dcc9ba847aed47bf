import { type GroupVersionResource, ignoring, isStatusError, type KubeList, type ResourceDefinition } from '#kube/api';
import type { Client, DeleteOptions, ObjectRef } from '#kube/client';
import type { DeletionRound, Leftover } from './conditions.ts';

/** Objects of one resource that are looked at in a round. */
const MAX_LOOK = 500;

/** Those of the resources whose objects have to go with their namespace, in the version that is asked for. */
export function deletableResources(rows: readonly ResourceDefinition[]): GroupVersionResource[] {
  const found: GroupVersionResource[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    if (!row.namespaced || row.stored === false || !row.verbs.includes('delete') || !row.verbs.includes('list'))
      continue;
    // The two events are the same objects; deleting them once is enough.
    const stored = `${row.storageGroup ?? row.group}/${row.kind}`;
    if (seen.has(stored)) continue;
    seen.add(stored);
    found.push({ group: row.group, version: row.versions[0]?.name ?? row.storageVersion, resource: row.plural });
  }
  return found;
}

/** What to delete now: pods go first, so that what guards and serves them (policies, secrets) outlives them; then all the rest. */
export function deletionWaves(resources: readonly Deletable[]): readonly (readonly Deletable[])[] {
  const isPods = ({ group, resource }: GroupVersionResource) => group === '' && resource === 'pods';
  return [resources.filter(isPods), resources.filter((resource) => !isPods(resource))];
}

/** A resource, and whether its server can delete many objects at once. */
export type Deletable = GroupVersionResource & { readonly hasDeleteCollection?: boolean };

/** What became of a deletion: what is left, and why. */
export type Contents = Pick<DeletionRound, 'leftovers' | 'failures'>;

/** Deletes what is in a namespace, wave by wave: what a wave leaves behind holds the next one up. */
export async function deleteContents(
  client: Client,
  namespace: string,
  resources: readonly Deletable[],
  signal: AbortSignal,
): Promise<Contents> {
  for (const wave of deletionWaves(resources)) {
    const failures: string[] = [];
    const leftovers: Leftover[] = [];
    for (const resource of wave) {
      try {
        const left = await deleteAll(client, namespace, resource, signal);
        if (left !== undefined) leftovers.push(left);
      } catch (error) {
        if (!isStatusError(error)) throw error;
        // A resource that is gone (its CRD was deleted just now) has no objects.
        if (error.reason !== 'NotFound') failures.push(error.message);
      }
    }
    if (leftovers.length > 0 || failures.length > 0) return { leftovers, failures };
  }
  return { leftovers: [], failures: [] };
}

async function deleteAll(
  client: Client,
  namespace: string,
  { hasDeleteCollection = true, ...resource }: Deletable,
  signal: AbortSignal,
): Promise<Leftover | undefined> {
  const before = await look(client, namespace, resource, signal);
  if (before.items.length === 0) return undefined;
  // What is on its way already needs no second push: pods that end take their time, and there may be thousands.
  if (before.items.every(({ metadata }) => metadata.deletionTimestamp !== undefined))
    return leftoverOf(resource, before);
  const options = { propagationPolicy: 'Background', signal } as const;
  if (hasDeleteCollection) await client.deleteCollection(resource, { namespace }, options);
  else {
    // Of other namespaces nothing is deleted, whatever a list of this one shows.
    for (const { metadata } of before.items)
      await deleteOne(client, resource, { namespace, name: metadata.name ?? '' }, options);
  }
  const after = await look(client, namespace, resource, signal);
  return after.items.length === 0 ? undefined : leftoverOf(resource, after);
}

async function deleteOne(
  client: Client,
  resource: GroupVersionResource,
  ref: ObjectRef,
  options: DeleteOptions,
): Promise<void> {
  await ignoring(client.delete(resource, ref, options), 'NotFound');
}

/** The first of what is left, and how many more there are. */
function look(client: Client, namespace: string, resource: GroupVersionResource, signal: AbortSignal) {
  return client.list(resource, { namespace, limit: MAX_LOOK, signal });
}

/** Counts what is left and who holds it, of very many those that were looked at. */
export function leftoverOf(
  { group, resource }: GroupVersionResource,
  { items, metadata }: Pick<KubeList, 'items' | 'metadata'>,
): Leftover {
  const finalizers = new Map<string, number>();
  for (const item of items) {
    for (const name of item.metadata.finalizers ?? []) finalizers.set(name, (finalizers.get(name) ?? 0) + 1);
  }
  return { resource: `${resource}.${group}`, count: items.length + (metadata.remainingItemCount ?? 0), finalizers };
}
