import { type FieldErrors, type Path, parseQuantity, QUANTITY_MESSAGE, qualifiedNameErrors } from '../../values/mod.ts';

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);
const HUGE_PAGES = 'hugepages-';
const DEFAULT_DOMAIN = 'kubernetes.io/';
const REQUESTS = 'requests.';

const COUNTED_OBJECTS = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
/** Without a domain, and in whole numbers. */
const INTEGER_RESOURCES = new Set(COUNTED_OBJECTS);
const QUOTA_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...COUNTED_OBJECTS,
]);
const STANDARD_RESOURCES = new Set([...QUOTA_RESOURCES, 'storage']);

/** `hugepages-2Mi`. */
export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** May a pod as a whole ask for it? */
export function isPodLevelResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name);
}

/** Of the system: without a domain, or of kubernetes.io. */
export function isNativeResource(name: string): boolean {
  return !name.includes('/') || name.includes(DEFAULT_DOMAIN);
}

/** Of a device plugin: `example.com/gpu`, counted in whole units. */
export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(REQUESTS)) return false;
  return qualifiedNameErrors(`${REQUESTS}${name}`).length === 0;
}

/** May a pod get less than its limit? */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

/** May a quota count it without a domain? */
export function isStandardQuotaResource(name: string): boolean {
  return QUOTA_RESOURCES.has(name) || isHugePages(name) || name.startsWith(`${REQUESTS}${HUGE_PAGES}`);
}

function isStandardResource(name: string): boolean {
  return STANDARD_RESOURCES.has(name) || isHugePages(name) || name.startsWith(`${REQUESTS}${HUGE_PAGES}`);
}

/** Complains about a name that is neither a resource of the system nor one with a domain. */
export function validateResourceName(name: string, path: Path, errors: FieldErrors): boolean {
  const problems = qualifiedNameErrors(name);
  if (problems.length > 0) errors.invalidEach(path, name, problems);
  else if (!name.includes('/') && !isStandardResource(name))
    errors.invalid(path, name, 'must be a standard resource type or fully qualified');
  else return true;
  return false;
}

/** Complains about a resource that a container can't ask for. */
export function validateContainerResourceName(name: string, path: Path, errors: FieldErrors): void {
  // The common names need no look at their letters.
  if (CONTAINER_RESOURCES.has(name)) return;
  validateResourceName(name, path, errors);
  if (!name.includes('/')) {
    if (!isHugePages(name)) errors.invalid(path, name, 'must be a standard resource for containers');
  } else if (!isNativeResource(name) && !isExtendedResource(name))
    errors.invalid(path, name, "doesn't follow extended resource name standard");
}

/** Complains about a resource that no quota counts. */
export function validateQuotaResourceName(name: string, path: Path, errors: FieldErrors): void {
  validateResourceName(name, path, errors);
  if (!name.includes('/') && !isStandardQuotaResource(name))
    errors.invalid(path, name, 'must be a standard resource for quota');
}

/** Complains about an amount below zero, or a fraction of what is counted in whole units. */
export function validateResourceAmount(name: string, text: string, path: Path, errors: FieldErrors): void {
  const amount = parseQuantity(text);
  if (amount === undefined) {
    errors.invalid(path, text, QUANTITY_MESSAGE);
    return;
  }
  if (amount.nanos < 0n) errors.invalid(path, text, 'must be greater than or equal to 0');
  const isInteger = INTEGER_RESOURCES.has(name) || isExtendedResource(name);
  if (isInteger && amount.nanos % 1_000_000_000n !== 0n) errors.invalid(path, text, 'must be an integer');
}
