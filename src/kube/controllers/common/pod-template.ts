import type { KubeObject, Shared } from '#kube/api';
import { controllerRef, type OwnerKind } from './owner.ts';
import type { Pod, PodTemplateSpec } from './pod-types.ts';

/** A pod as the owner's template has it, that the owner manages; the API server gives it its name. */
export function podFromTemplate(
  owner: Shared<KubeObject>,
  kind: OwnerKind<never>,
  template: Shared<PodTemplateSpec>,
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const pod: Shared<Pod> = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: owner.metadata.namespace,
      generateName: `${owner.metadata.name}-`,
      labels: { ...labels },
      annotations: { ...annotations },
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerRef(owner, kind)],
    },
    spec: template.spec ?? {},
  };
  // A copy: the template is shared, and the caller makes this pod its own.
  return structuredClone(pod) as Pod;
}
