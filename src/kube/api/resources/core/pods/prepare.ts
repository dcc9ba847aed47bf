import type { Container } from '../pod-spec/mod.ts';
import { takeAppArmorAnnotations } from './apparmor-annotations.ts';
import { addMatchedLabels } from './match-label-keys.ts';
import { qosClassOf } from './qos.ts';
import type { Pod } from './types.ts';

/** A new pod is pending, whatever its sender says, and of a class that its requests make. */
export function preparePodForCreate(pod: Pod, warn: (message: string) => void = () => undefined): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec) };
  if ((pod.spec.schedulingGates?.length ?? 0) > 0) {
    const message = 'Scheduling is blocked due to non-empty scheduling gates';
    pod.status.conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastTransitionTime: null },
    ];
  }
  addMatchedLabels(pod);
  takeAppArmorAnnotations(pod, warn);
}

function keepStatus(pod: Pod, old: Pod): void {
  if (old.status === undefined) delete pod.status;
  else pod.status = old.status;
}

/** On the main path the status stays. */
export function preparePodForUpdate(pod: Pod, old: Pod): void {
  keepStatus(pod, old);
}

/** On `status` the spec stays, and who owns the pod: old agents garble the owners. */
export function preparePodStatus(pod: Pod, old: Pod): void {
  pod.spec = old.spec;
  if (old.metadata.ownerReferences === undefined) delete pod.metadata.ownerReferences;
  else pod.metadata.ownerReferences = old.metadata.ownerReferences;
  if (pod.status !== undefined && (pod.status.qosClass ?? '') === '' && old.status?.qosClass !== undefined)
    pod.status.qosClass = old.status.qosClass;
}

/** On `ephemeralcontainers` nothing changes but these. */
export function prepareEphemeralContainers(pod: Pod, old: Pod): void {
  const { ephemeralContainers } = pod.spec;
  pod.spec = { ...old.spec };
  if (ephemeralContainers === undefined) delete pod.spec.ephemeralContainers;
  else pod.spec.ephemeralContainers = ephemeralContainers;
  keepLabels(pod, old);
  keepStatus(pod, old);
}

/** On `resize` nothing changes but the resources of the pod and its containers, and how these may be resized. */
export function prepareResize(pod: Pod, old: Pod): void {
  const { containers = [], initContainers = [], resources } = pod.spec;
  pod.spec = { ...old.spec };
  if (old.spec.containers !== undefined) pod.spec.containers = resized(old.spec.containers, containers);
  if (old.spec.initContainers !== undefined) pod.spec.initContainers = resized(old.spec.initContainers, initContainers);
  if (resources === undefined) delete pod.spec.resources;
  else pod.spec.resources = resources;
  keepLabels(pod, old);
  keepStatus(pod, old);
}

function keepLabels(pod: Pod, old: Pod): void {
  for (const field of ['labels', 'annotations'] as const) {
    const value = old.metadata[field];
    if (value === undefined) delete pod.metadata[field];
    else pod.metadata[field] = value;
  }
}

function resized(old: readonly Container[], sent: readonly Container[]): Container[] {
  return old.map((container) => {
    const found = sent.find(({ name }) => name === container.name);
    if (found === undefined) return container;
    const result = { ...container };
    if (found.resources !== undefined) result.resources = found.resources;
    if (found.resizePolicy !== undefined) result.resizePolicy = found.resizePolicy;
    return result;
  });
}
