import type { Shared } from '#kube/api';
import { controllerRef, type OwnerKind, safeHash } from '../common/mod.ts';
import type { ReplicaSet } from '../replicaset/mod.ts';
import { inheritedAnnotations, sizeAnnotations } from './annotations.ts';
import type { Limits } from './limits.ts';
import { HASH_LABEL, REVISION } from './revisions.ts';
import type { Deployment } from './types.ts';

/** The hash of the present template; another one after each collision of names. */
export function templateHash({ spec, status }: Shared<Deployment>): string {
  return safeHash(spec?.template ?? {}, status?.collisionCount ?? 0);
}

/** The ReplicaSet of the present template, of `replicas` pods. */
export function newReplicaSet(
  deployment: Shared<Deployment>,
  kind: OwnerKind<Deployment>,
  { replicas, revision, limits }: { readonly replicas: number; readonly revision: number; readonly limits: Limits },
): ReplicaSet {
  const { spec, metadata } = deployment;
  const hash = templateHash(deployment);
  const labels = { ...spec?.template?.metadata?.labels, [HASH_LABEL]: hash };
  const set: Shared<ReplicaSet> = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      namespace: metadata.namespace,
      labels,
      annotations: { ...inheritedAnnotations(deployment), ...sizeAnnotations(limits), [REVISION]: String(revision) },
      ownerReferences: [controllerRef(deployment, kind)],
    },
    spec: {
      replicas,
      ...(spec?.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec?.selector, matchLabels: { ...spec?.selector?.matchLabels, [HASH_LABEL]: hash } },
      template: { ...spec?.template, metadata: { ...spec?.template?.metadata, labels } },
    },
  };
  return structuredClone(set) as ReplicaSet;
}
