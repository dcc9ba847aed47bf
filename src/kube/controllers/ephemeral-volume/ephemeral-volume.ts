import { isStatusError, type KubeObject, type Shared } from '#kube/api';
import { keyOf } from '#kube/client';
import { CLAIMS, EventRecorder, isTerminating, Loop, PODS, type Pod } from '../common/mod.ts';
import type { Controller } from '../contract.ts';

/** `PersistentVolumeClaimTemplate`. */
interface ClaimTemplate {
  readonly metadata?: { readonly labels?: Record<string, string>; readonly annotations?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
}

/** What a pod's ephemeral volumes need: claims to make, and claims of others that are in the way. */
export interface EphemeralPlan {
  readonly create: readonly { readonly volume: string; readonly claim: KubeObject }[];
  readonly conflicts: readonly { readonly volume: string; readonly problem: string }[];
}

/** The claims that a pod's generic ephemeral volumes need, which belong to the pod and go with it. Pure. */
export function planClaims(pod: Shared<Pod>, claimOf: (key: string) => Shared<KubeObject> | undefined): EphemeralPlan {
  const create: { volume: string; claim: KubeObject }[] = [];
  const conflicts: { volume: string; problem: string }[] = [];
  if (isTerminating(pod)) return { create, conflicts };
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  for (const volume of pod.spec?.volumes ?? []) {
    const template = (volume.ephemeral as { volumeClaimTemplate?: Shared<ClaimTemplate> } | undefined)
      ?.volumeClaimTemplate;
    if (template === undefined) continue;
    const claimName = `${name}-${volume.name}`;
    const known = claimOf(`${namespace}/${claimName}`);
    if (known === undefined)
      create.push({ volume: volume.name, claim: claimFor(template, claimName, { namespace, name, uid }) });
    else if (!known.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true)) {
      const problem = `PVC ${namespace}/${claimName} was not created for pod ${namespace}/${name} (pod is not owner)`;
      conflicts.push({ volume: volume.name, problem });
    }
  }
  return { create, conflicts };
}

function claimFor(
  { metadata = {}, spec = {} }: Shared<ClaimTemplate>,
  claimName: string,
  { namespace, name, uid }: { readonly namespace: string; readonly name: string; readonly uid: string },
): KubeObject {
  const owner = { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true };
  const { labels, annotations } = structuredClone(metadata) as ClaimTemplate['metadata'] & object;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace,
      name: claimName,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ownerReferences: [owner],
    },
    spec: structuredClone(spec),
  };
}

/** Makes the claims of generic ephemeral volumes. */
export const ephemeralVolumeController: Controller = {
  name: 'ephemeral-volume-controller',
  start({ client, informers, nowMs }) {
    const recorder = new EventRecorder(client, 'ephemeral_volume', nowMs);
    const pods = informers.of<Pod>(PODS);
    const claims = informers.of(CLAIMS);
    const loop = new Loop({
      name: 'ephemeral-volume-controller',
      reconcile: async (key) => {
        const pod = pods.get(key);
        if (pod === undefined) return undefined;
        const { create, conflicts } = planClaims(pod, (claimKey) => claims.get(claimKey));
        const fail = (volume: string, problem: string) => {
          const message = `ephemeral volume ${volume}: ${problem}`;
          recorder.note(pod, { type: 'Warning', reason: 'FailedBinding', message });
        };
        for (const { volume, problem } of conflicts) fail(volume, problem);
        for (const { volume, claim } of create) {
          try {
            await client.create(CLAIMS, claim);
          } catch (error) {
            if (isStatusError(error, 'AlreadyExists')) continue;
            if (isStatusError(error)) fail(volume, error.message);
            throw error;
          }
        }
        return undefined;
      },
    });
    const add = (pod: Shared<Pod>) => {
      if (pod.spec?.volumes?.some(({ ephemeral }) => ephemeral !== undefined)) loop.add(keyOf(pod as KubeObject));
    };
    loop.handle(pods, { onAdd: add });
    loop.handle(claims, {
      onDelete: ({ metadata }) => {
        const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Pod' && controller === true);
        const pod = owner === undefined ? undefined : pods.get(`${metadata.namespace}/${owner.name}`);
        if (pod !== undefined) add(pod);
      },
    });
    return loop.begin();
  },
};
