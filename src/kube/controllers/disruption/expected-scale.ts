import type { Shared } from '#kube/api';
import { type Client, type Informers, keyOf } from '#kube/client';
import { controllerOf, type Pod, readScale, scaleResource } from '../common/mod.ts';

/**
 * How many pods the owners of these want together; pods without one don't count. `unknown` says whose number can't be
 * found.
 */
export async function expectedScale(
  pods: readonly Shared<Pod>[],
  informers: Informers,
  client: Client,
): Promise<number | { readonly unknown: string }> {
  const owners = new Map<
    string,
    { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly namespace: string }
  >();
  for (const pod of pods) {
    const reference = topOwner(pod, informers);
    if (reference === undefined) continue;
    owners.set(reference.uid, { ...reference, namespace: pod.metadata.namespace ?? '' });
  }
  let total = 0;
  for (const { apiVersion, kind, name, namespace } of owners.values()) {
    const resource = scaleResource(informers, apiVersion, kind);
    if (resource === undefined) return { unknown: `${kind} "${name}" does not implement the scale subresource` };
    const scale = await readScale(client, resource, { namespace, name });
    total += scale?.replicas ?? 0;
  }
  return total;
}

/** The owner of the pod; of a ReplicaSet that a Deployment owns, the Deployment. */
function topOwner(pod: Shared<Pod>, informers: Informers) {
  const reference = controllerOf(pod);
  if (reference?.kind !== 'ReplicaSet') return reference;
  const resource = scaleResource(informers, reference.apiVersion, reference.kind);
  if (resource === undefined) return reference;
  const set = informers
    .of(resource)
    .get(keyOf({ metadata: { name: reference.name, namespace: pod.metadata.namespace } }));
  return (set === undefined ? undefined : controllerOf(set)) ?? reference;
}
