import {
  compareQuantities,
  dnsLabelErrors,
  type FieldErrors,
  type Path,
  parseQuantity,
  type ResourceList,
} from '../../../../values/mod.ts';
import {
  isHugePages,
  isOvercommitAllowed,
  isPodLevelResource,
  validateContainerResourceName,
  validateResourceAmount,
  validateResourceName,
} from '../../resource-names.ts';
import { aggregateResources } from '../requests.ts';
import type { PodSpec, ResourceRequirements } from '../types.ts';

type NameRule = (name: string, path: Path, errors: FieldErrors) => void;

/** Complaints about what a container asks for and is limited to. */
export function validateContainerResources(
  resources: ResourceRequirements,
  claimNames: ReadonlySet<string>,
  path: Path,
  errors: FieldErrors,
): void {
  validateResources(resources, validateContainerResourceName, path, errors);
  if (resources.claims !== undefined) validateClaims(resources.claims, claimNames, path.child('claims'), errors);
}

function validateResources(resources: ResourceRequirements, rule: NameRule, path: Path, errors: FieldErrors): void {
  const { limits, requests } = resources;
  if (limits === undefined && requests === undefined) return;
  const limitsAt = path.child('limits');
  const requestsAt = path.child('requests');
  if (limits !== undefined) validateList(limits, rule, limitsAt, errors);
  if (requests !== undefined) {
    validateList(requests, rule, requestsAt, errors);
    for (const name of Object.keys(requests)) {
      const limit = limits !== undefined && Object.hasOwn(limits, name) ? limits[name] : undefined;
      validateRequest(name, requests[name] ?? '', limit, limitsAt, requestsAt, errors);
    }
  }
  const names = [...Object.keys(limits ?? {}), ...Object.keys(requests ?? {})];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    errors.forbidden(path, 'HugePages require cpu or memory');
}

function validateList(list: ResourceList, rule: NameRule, path: Path, errors: FieldErrors): void {
  for (const name of Object.keys(list)) {
    const text = list[name] ?? '';
    const at = path.key(name);
    rule(name, at, errors);
    validateResourceAmount(name, text, at, errors);
    if (isHugePages(name)) validateHugePages(name, text, at, errors);
  }
}

function validateRequest(
  name: string,
  text: string,
  limitText: string | undefined,
  limitsAt: Path,
  requestsAt: Path,
  errors: FieldErrors,
): void {
  const isOvercommittable = isOvercommitAllowed(name);
  if (limitText === undefined) {
    if (!isOvercommittable) errors.required(limitsAt, 'Limit must be set for non overcommitable resources');
    return;
  }
  if (text === limitText) return;
  const [request, limit] = [parseQuantity(text), parseQuantity(limitText)];
  if (request === undefined || limit === undefined) return;
  const difference = compareQuantities(request, limit);
  if (difference !== 0 && !isOvercommittable)
    errors.invalid(requestsAt, text, `must be equal to ${name} limit of ${limitText}`);
  else if (difference > 0)
    errors.invalid(requestsAt, text, `must be less than or equal to ${name} limit of ${limitText}`);
}

function validateHugePages(name: string, text: string, path: Path, errors: FieldErrors): void {
  const size = parseQuantity(name.slice('hugepages-'.length))?.nanos ?? 0n;
  const amount = parseQuantity(text)?.nanos ?? 0n;
  if (size <= 0n || amount < 0n || amount % size !== 0n)
    errors.invalid(path, text, `${text} is not positive integer multiple of ${name}`);
}

function validateClaims(
  claims: NonNullable<ResourceRequirements['claims']>,
  claimNames: ReadonlySet<string>,
  path: Path,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  claims.forEach(({ name = '', request = '' }, i) => {
    const at = path.index(i);
    if (name === '') {
      errors.required(at);
      return;
    }
    if (request !== '') errors.invalidEach(at.child('request'), request, dnsLabelErrors(request));
    const key = request === '' ? name : `${name}/${request}`;
    // All of a claim includes each request of it.
    if (seen.has(name) || seen.has(key)) errors.duplicate(at, seen.has(name) ? name : key);
    else if (request === '' && [...seen].some((other) => other.startsWith(`${name}/`))) errors.duplicate(at, name);
    seen.add(key);
    if (claimNames.has(name)) return;
    const known = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
    errors.notFound(at, name, `must be one of the names in pod.spec.resourceClaims${known}`);
  });
}

/** Complaints about resources of the pod as a whole: they must hold what its containers ask for. */
export function validatePodResources(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const { resources } = spec;
  if (resources === undefined) return;
  if (spec.os?.name === 'windows') {
    errors.forbidden(path, 'may not be set for a windows pod');
    return;
  }
  if (resources.claims !== undefined)
    errors.forbidden(path.child('claims'), 'claims may not be set for Resources at pod-level');
  validateResources(resources, validatePodResourceName, path, errors);
  validateHoldsContainers(spec, resources, path, errors);
}

function validatePodResourceName(name: string, path: Path, errors: FieldErrors): void {
  if (validateResourceName(name, path, errors) && !isPodLevelResource(name))
    errors.notSupported(path, name, ['cpu', 'hugepages-', 'memory']);
}

function validateHoldsContainers(
  spec: PodSpec,
  { limits = {}, requests = {} }: ResourceRequirements,
  path: Path,
  errors: FieldErrors,
): void {
  const together = aggregateResources(spec, 'requests');
  for (const name of Object.keys(together)) {
    const own = Object.hasOwn(requests, name) ? requests[name] : undefined;
    if (own === undefined || !isMore(together[name], own)) continue;
    const detail = `must be greater than or equal to aggregate container requests of ${together[name]}`;
    errors.invalid(path.child('requests').key(name), own, detail);
  }
  validateHugePageLimits(spec, limits, path.child('limits'), errors);
  spec.containers?.forEach(({ resources }, i) => {
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const own = Object.hasOwn(limits, name) ? limits[name] : undefined;
      if (own === undefined || !isMore(limit, own)) continue;
      const at = path.child('containers').index(i).key(name).child('limits');
      errors.invalid(at, limit, `must be less than or equal to pod limits of ${own}`);
    }
  });
}

/** Huge pages are never promised twice: what the containers may have together, the pod must. */
function validateHugePageLimits(spec: PodSpec, limits: ResourceList, path: Path, errors: FieldErrors): void {
  const together = aggregateResources(spec, 'limits');
  for (const name of Object.keys(together)) {
    const own = Object.hasOwn(limits, name) ? limits[name] : undefined;
    if (!isHugePages(name) || own === undefined || !isMore(together[name], own)) continue;
    errors.invalid(
      path.key(name),
      own,
      `must be greater than or equal to aggregate container limits of ${together[name]}`,
    );
  }
}

function isMore(text: string | undefined, than: string): boolean {
  const [a, b] = [parseQuantity(text ?? ''), parseQuantity(than)];
  return a !== undefined && b !== undefined && a.nanos > b.nanos;
}
