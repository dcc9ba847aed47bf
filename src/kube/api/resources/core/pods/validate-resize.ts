import { type FieldErrors, Path, type ResourceList, SPEC, semanticEqual } from '../../../values/mod.ts';
import { type Container, isSidecar, MIRROR_ANNOTATION, type ResourceRequirements } from '../pod-spec/mod.ts';
import { qosClassOf } from './qos.ts';
import type { Pod } from './types.ts';
import { validatePod } from './validate-pod.ts';

const WHOLE = new Path('');
const RESOURCES = SPEC.child('resources');

type ContainerList = 'containers' | 'initContainers';

/** Complaints about a change through `resize`: CPU and memory of the pod and of its containers, within the pod's class. */
export function validateResize(pod: Pod, old: Pod, errors: FieldErrors): void {
  const obstacle = obstacleTo(old);
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
  if (hasOwnResources(pod) || hasOwnResources(old)) validateOwnResources(pod, old, errors);
  validateContainers(pod, old, 'initContainers', errors);
  validateContainers(pod, old, 'containers', errors);
}

function obstacleTo(old: Pod): string | undefined {
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

/** Resources of the pod as a whole change as those of containers do. */
function validateOwnResources(pod: Pod, old: Pod, errors: FieldErrors): void {
  const [now, before] = [pod.spec.resources, old.spec.resources];
  if (now === undefined) {
    errors.forbidden(RESOURCES, 'pod-level resources cannot be removed');
    return;
  }
  if (before !== undefined) validateRemoved(now, before, 'pod-level resource', RESOURCES, errors);
  if (!semanticEqual(withCompute(now, before ?? {}), before ?? {}))
    errors.forbidden(SPEC, 'only cpu and memory resources are mutable at pod-level');
}

function validateContainers(pod: Pod, old: Pod, list: ContainerList, errors: FieldErrors): void {
  old.spec[list]?.forEach((before, i) => {
    const now = pod.spec[list]?.[i];
    if (now === undefined) return;
    const path = SPEC.child(list).index(i);
    validateRemoved(now.resources ?? {}, before.resources ?? {}, 'resource', path.child('resources'), errors);
    if (list === 'initContainers') validateInitContainer(now, before, path, errors);
    else if (!semanticEqual(withComputeOf(now, before), before))
      errors.forbidden(SPEC, 'only cpu and memory resources are mutable');
  });
}

function validateInitContainer(now: Container, old: Container, path: Path, errors: FieldErrors): void {
  if (!semanticEqual(withComputeOf(now, old), old))
    errors.forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable');
  if (isSidecar(now) || semanticEqual(now, old)) return;
  const detail = 'non-sidecar init containers with a resize policy of RestartContainer cannot be resized';
  for (const { restartPolicy } of now.resizePolicy ?? [])
    if (restartPolicy === 'RestartContainer') errors.forbidden(path, detail);
}

function validateRemoved(
  now: ResourceRequirements,
  old: ResourceRequirements,
  what: string,
  path: Path,
  errors: FieldErrors,
): void {
  for (const list of ['requests', 'limits'] as const) {
    const isRemoved = Object.keys(old[list] ?? {}).some((name) => !Object.hasOwn(now[list] ?? {}, name));
    if (isRemoved) errors.forbidden(path.child(list), `${what} ${list} cannot be removed`);
  }
}

/** The container with the old one's CPU and memory. */
function withComputeOf(container: Container, old: Container): Container {
  return { ...container, resources: withCompute(container.resources ?? {}, old.resources ?? {}) };
}

function withCompute(resources: ResourceRequirements, old: ResourceRequirements): ResourceRequirements {
  const result: ResourceRequirements = { ...resources };
  for (const list of ['requests', 'limits'] as const) {
    const mended = withComputeIn(resources[list], old[list]);
    if (mended === undefined) delete result[list];
    else result[list] = mended;
  }
  return result;
}

function withComputeIn(list: ResourceList | undefined, old: ResourceList | undefined): ResourceList | undefined {
  const mended: ResourceList = { ...list };
  for (const name of ['cpu', 'memory']) {
    delete mended[name];
    const before = old?.[name];
    if (before !== undefined) mended[name] = before;
  }
  return Object.keys(mended).length === 0 && old === undefined ? undefined : mended;
}
