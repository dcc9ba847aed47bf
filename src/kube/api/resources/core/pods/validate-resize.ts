import { type FieldErrors, Path, parseQuantity, type ResourceList, SPEC, semanticEqual } from '../../../values/mod.ts';
import { type Container, isSidecar, MIRROR_ANNOTATION, type ResourceRequirements } from '../pod-spec/mod.ts';
import { qosClassOf } from './qos.ts';
import type { Pod } from './types.ts';
import { validatePod } from './validate-pod.ts';

const WHOLE = new Path('');

/** Complaints about a change through `resize`: CPU and memory of running containers, within the pod's class. */
export function validateResize(pod: Pod, old: Pod, errors: FieldErrors): void {
  const obstacle = obstacleTo(pod, old);
  if (obstacle !== undefined) {
    errors.forbidden(WHOLE, obstacle);
    return;
  }
  validatePod(pod, errors);
  if (qosClassOf(pod.spec) !== qosClassOf(old.spec)) {
    const detail = 'Pod QOS Class may not change as a result of resizing';
    errors.invalid(SPEC, pod.status?.qosClass ?? '', detail);
  }
  if (!isSupportedByNode(old)) errors.forbidden(SPEC, 'Pod running on node without support for resize');
  validateContainers(pod, old, 'containers', errors);
  validateContainers(pod, old, 'initContainers', errors);
}

function obstacleTo(pod: Pod, old: Pod): string | undefined {
  if (hasOwnResources(pod) || hasOwnResources(old)) return 'pods with pod-level resources cannot be resized';
  if (old.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined) return 'static pods cannot be resized';
  return old.spec.os?.name === 'windows' ? 'windows pods cannot be resized' : undefined;
}

function hasOwnResources({ spec }: Pod): boolean {
  const { requests = {}, limits = {} } = spec.resources ?? {};
  return Object.keys(requests).length + Object.keys(limits).length > 0;
}

/** An agent that can resize says what its running containers have. */
function isSupportedByNode({ status }: Pod): boolean {
  const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
}

function validateContainers(pod: Pod, old: Pod, list: 'containers' | 'initContainers', errors: FieldErrors): void {
  old.spec[list]?.forEach((before, i) => {
    const now = pod.spec[list]?.[i];
    if (now === undefined) return;
    const path = SPEC.child(list).index(i).child('resources');
    if (list === 'initContainers' && !isSidecar(before)) {
      if (!semanticEqual(now, before))
        errors.forbidden(SPEC, 'resources for non-sidecar init containers are immutable');
      return;
    }
    validateRemoved(now.resources ?? {}, before.resources ?? {}, path, errors);
    validateMemoryLimit(now, before, path.child('limits').key('memory'), errors);
    const what = list === 'containers' ? '' : ' for sidecar containers';
    if (!semanticEqual(withComputeOf(now, before), before))
      errors.forbidden(SPEC, `only cpu and memory resources${what} are mutable`);
  });
}

function validateRemoved(now: ResourceRequirements, old: ResourceRequirements, path: Path, errors: FieldErrors): void {
  for (const list of ['requests', 'limits'] as const) {
    const isRemoved = Object.keys(old[list] ?? {}).some((name) => !Object.hasOwn(now[list] ?? {}, name));
    if (isRemoved) errors.forbidden(path.child(list), `resource ${list} cannot be removed`);
  }
}

/** Memory that is in use can't be taken away from a container that is not to be restarted. */
function validateMemoryLimit(now: Container, old: Container, path: Path, errors: FieldErrors): void {
  const policy = now.resizePolicy?.find(({ resourceName }) => resourceName === 'memory')?.restartPolicy ?? '';
  if (policy === 'RestartContainer') return;
  const [limit, before] = [now.resources?.limits?.memory, old.resources?.limits?.memory];
  if (limit === undefined) return;
  if (before === undefined)
    errors.forbidden(path, 'memory limits cannot be added unless resizePolicy is RestartContainer');
  else if ((parseQuantity(limit)?.nanos ?? 0n) < (parseQuantity(before)?.nanos ?? 0n))
    errors.forbidden(path, 'memory limits cannot be decreased unless resizePolicy is RestartContainer');
}

/** The container with the old one's CPU and memory. */
function withComputeOf(container: Container, old: Container): Container {
  const resources: ResourceRequirements = { ...container.resources };
  for (const list of ['requests', 'limits'] as const) {
    const mended = withCompute(resources[list], old.resources?.[list]);
    if (mended === undefined) delete resources[list];
    else resources[list] = mended;
  }
  return { ...container, resources };
}

function withCompute(list: ResourceList | undefined, old: ResourceList | undefined): ResourceList | undefined {
  const mended: ResourceList = { ...list };
  for (const name of ['cpu', 'memory']) {
    delete mended[name];
    const before = old?.[name];
    if (before !== undefined) mended[name] = before;
  }
  return Object.keys(mended).length === 0 && old === undefined ? undefined : mended;
}
