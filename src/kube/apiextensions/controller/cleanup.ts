import { isStatusError } from '#kube/api';
import type { Client } from '#kube/client';
import type { CustomResourceDefinition } from '../types.ts';
import { setCondition } from './conditions.ts';
import { CLEANUP_FINALIZER, CRDS } from './host.ts';

/** How soon it is looked again for objects that finalizers hold. */
const RECHECK_MS = 500;

/** One step of a CRD's end: deletes all objects, and lets go of the CRD when none is left. */
export async function deleteObjects(
  { client, nowMs = Date.now }: { readonly client: Client; readonly nowMs?: () => number },
  crd: CustomResourceDefinition,
): Promise<{ requeueAfterMs: number } | undefined> {
  if (!crd.metadata.finalizers?.includes(CLEANUP_FINALIZER)) return undefined;
  const current = await terminating(client, crd, nowMs());
  if (!(await allGone(client, crd))) return { requeueAfterMs: RECHECK_MS };
  const finalizers = (current.metadata.finalizers ?? []).filter((name) => name !== CLEANUP_FINALIZER);
  await client.update(CRDS, { ...current, metadata: { ...current.metadata, finalizers } });
  return undefined;
}

async function terminating(
  client: Client,
  crd: CustomResourceDefinition,
  nowMs: number,
): Promise<CustomResourceDefinition> {
  if (crd.status?.conditions?.some(({ type }) => type === 'Terminating')) return crd;
  const status = { ...crd.status };
  const reason = 'InstanceDeletionInProgress';
  const message = 'CustomResource deletion is in progress';
  setCondition(status, { type: 'Terminating', status: 'True', reason, message }, nowMs);
  return client.update<CustomResourceDefinition>(CRDS, { ...crd, status }, { subresource: 'status' });
}

/** Deletes what is there; answers whether nothing was. */
async function allGone(client: Client, { spec }: CustomResourceDefinition): Promise<boolean> {
  const version = (spec.versions.find(({ served }) => served) ?? spec.versions.find(({ storage }) => storage))?.name;
  const resource = { group: spec.group, version: version ?? '', resource: spec.names.plural };
  try {
    const { items } = await client.list(resource);
    if (items.length === 0) return true;
    for (const namespace of new Set(items.map(({ metadata }) => metadata.namespace))) {
      await client.deleteCollection(resource, namespace === undefined ? {} : { namespace });
    }
    return (await client.list(resource, { limit: 1 })).items.length === 0;
  } catch (error) {
    // Never established: nothing was ever served, so nothing was stored.
    if (isStatusError(error, 'NotFound')) return true;
    throw error;
  }
}
