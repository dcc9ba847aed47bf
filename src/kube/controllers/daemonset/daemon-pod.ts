import type { Shared } from '#kube/api';
import { type OwnerKind, type Pod, type PodSpec, podFromTemplate, type Toleration } from '../common/mod.ts';
import type { DaemonSet } from './types.ts';

/** The label that tells by which template a pod was made. */
export const HASH_LABEL = 'controller-revision-hash';
const GENERATION = 'deprecated.daemonset.template.generation';
const GENERATION_LABEL = 'pod-template-generation';

const exists = (key: string, effect: string): Toleration => ({ key, operator: 'Exists', effect });

/** Daemons run where nothing else may: they are what makes a node well again. */
const TOLERATIONS: readonly Toleration[] = [
  exists('node.kubernetes.io/not-ready', 'NoExecute'),
  exists('node.kubernetes.io/unreachable', 'NoExecute'),
  exists('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/unschedulable', 'NoSchedule'),
];
const NETWORK_TOLERATION = exists('node.kubernetes.io/network-unavailable', 'NoSchedule');

/** The spec of the set's pods, with what all daemons tolerate. */
export function daemonSpec({ spec }: Shared<DaemonSet>): Shared<PodSpec> {
  const given = spec?.template?.spec ?? {};
  const own = given.tolerations ?? [];
  const wanted = given.hostNetwork === true ? [...TOLERATIONS, NETWORK_TOLERATION] : TOLERATIONS;
  const missing = wanted.filter(
    ({ key, effect }) => !own.some((known) => known.key === key && known.effect === effect),
  );
  return { ...given, tolerations: [...own, ...missing] };
}

/** A pod of the set for one node: the scheduler may put it nowhere else. */
export function daemonPod(set: Shared<DaemonSet>, kind: OwnerKind<DaemonSet>, node: string, hash: string): Pod {
  const pod = podFromTemplate(set, kind, { ...set.spec?.template, spec: daemonSpec(set) });
  const generation = set.metadata.annotations?.[GENERATION];
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [HASH_LABEL]: hash,
    ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
  };
  const spec = pod.spec ?? {};
  const nodeSelectorTerms = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }];
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
  };
  spec.affinity = { ...spec.affinity, nodeAffinity };
  return pod;
}

/** The node that a pod is on, or is meant for. */
export function targetNode({ spec }: Shared<Pod>): string | undefined {
  if ((spec?.nodeName ?? '') !== '') return spec?.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields = [] } of terms) {
    const field = matchFields.find(({ key }) => key === 'metadata.name');
    if (field?.values?.length === 1) return field.values[0];
  }
  return undefined;
}
