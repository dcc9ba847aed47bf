import type { GroupVersionResource, KubeObject, Shared } from '#kube/api';
import { type Client, keyOf, splitKey } from '#kube/client';
import { CLAIMS, Loop, PODS, type Pod } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { type PersistentVolume, VOLUMES } from '../persistent-volume-binder/mod.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';
const BY_CLAIM = 'persistentVolumeClaim';

/** The finalizers that an object should have, given whether it is in use; undefined: it has them. Pure. */
export function planFinalizers(
  { metadata }: Shared<KubeObject>,
  finalizer: string,
  inUse: boolean,
): string[] | undefined {
  const finalizers = metadata.finalizers ?? [];
  const has = finalizers.includes(finalizer);
  if (metadata.deletionTimestamp === undefined) return has ? undefined : [...finalizers, finalizer];
  return has && !inUse ? finalizers.filter((name) => name !== finalizer) : undefined;
}

/** The claims that a pod uses, as keys: named ones, and those that were made for its ephemeral volumes. */
export function claimsOf({ metadata, spec }: Shared<Pod>): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [`${metadata.namespace}/${persistentVolumeClaim.claimName}`];
    return ephemeral === undefined ? [] : [`${metadata.namespace}/${metadata.name}-${name}`];
  });
}

/** Keeps claims that are being deleted while pods on nodes use them. */
export const claimProtection: Controller = {
  name: 'pvc-protection-controller',
  start({ client, informers }) {
    const claims = informers.of(CLAIMS);
    const pods = informers.of<Pod>(PODS).addIndex(BY_CLAIM, claimsOf);
    const loop = new Loop({
      name: 'pvc-protection-controller',
      reconcile: async (key) => {
        const claim = claims.get(key);
        if (claim === undefined) return undefined;
        // Kubelets refuse to start pods whose claim is being deleted: those that are nowhere yet do not count.
        const inUse = pods.byIndex(BY_CLAIM, key).some(({ spec }) => (spec?.nodeName ?? '') !== '');
        await write(client, CLAIMS, claim, planFinalizers(claim, CLAIM_FINALIZER, inUse));
        return undefined;
      },
    });
    loop.owns(claims);
    loop.handle(pods, {
      onDelete: (pod) => {
        for (const key of claimsOf(pod)) loop.add(key);
      },
    });
    return loop.begin();
  },
};

/** Keeps volumes that are being deleted while they are bound. */
export const volumeProtection: Controller = {
  name: 'pv-protection-controller',
  start({ client, informers }) {
    const volumes = informers.of<PersistentVolume>(VOLUMES);
    const loop = new Loop({
      name: 'pv-protection-controller',
      reconcile: async (name) => {
        const volume = volumes.get(name);
        if (volume === undefined) return undefined;
        await write(
          client,
          VOLUMES,
          volume,
          planFinalizers(volume, VOLUME_FINALIZER, volume.status?.phase === 'Bound'),
        );
        return undefined;
      },
    });
    loop.owns(volumes);
    return loop.begin();
  },
};

async function write(
  client: Client,
  resource: GroupVersionResource,
  object: Shared<KubeObject>,
  finalizers: string[] | undefined,
): Promise<void> {
  if (finalizers === undefined) return;
  const body = { metadata: { resourceVersion: object.metadata.resourceVersion, finalizers } };
  await client.patch(resource, splitKey(keyOf(object)), { type: 'merge', body });
}
