import { type FieldErrors, type Path, qualifiedNameErrors, validateQualifiedName } from '../../../../values/mod.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../types.ts';

const RESOURCES = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const HUGE_PAGES = /^(requests|limits)\.hugepages-/;
const BYTES = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
/** All that v1 ever knew how to name; which of them fit is for the place to say. */
const KNOWN = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.serviceAccountName',
  'spec.schedulerName',
  'status.phase',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]);

/** What `spec.nodeName` was called once. */
const OLD_NODE_NAME = 'spec.host';

/** Complaints about a reference to one of the pod's fields, of those that are allowed here. */
export function validateFieldReference(
  { apiVersion = '', fieldPath = '' }: ObjectFieldSelector,
  allowed: readonly string[],
  path: Path,
  errors: FieldErrors,
): void {
  if (apiVersion === '') {
    errors.required(path.child('apiVersion'));
    return;
  }
  if (fieldPath === '') {
    errors.required(path.child('fieldPath'));
    return;
  }
  const [, written = fieldPath, key] = /^([^[]*)\['(.*)'\]$/s.exec(fieldPath) ?? [];
  const field = written === OLD_NODE_NAME ? 'spec.nodeName' : written;
  const problem = conversionProblem(apiVersion, field, fieldPath);
  if (problem !== undefined)
    errors.invalid(path.child('fieldPath'), fieldPath, `error converting fieldPath: ${problem}`);
  else if (key !== undefined) validateSubscript(field, key, path, errors);
  else if (!allowed.includes(field)) errors.notSupported(path.child('fieldPath'), field, allowed);
}

function conversionProblem(apiVersion: string, field: string, fieldPath: string): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`;
  return KNOWN.has(field) ? undefined : `field label not supported: ${fieldPath}`;
}

function validateSubscript(field: string, key: string, path: Path, errors: FieldErrors): void {
  if (field === 'metadata.annotations')
    errors.invalidEach(path, key.toLowerCase(), qualifiedNameErrors(key.toLowerCase()));
  else if (field === 'metadata.labels') validateQualifiedName(key, path, errors);
  else errors.invalid(path, field, 'does not support subscript');
}

/** Complaints about a reference to a container's requests or limits. In a volume it must say which container. */
export function validateResourceReference(
  { containerName = '', resource = '', divisor = '0' }: ResourceFieldSelector,
  isInVolume: boolean,
  path: Path,
  errors: FieldErrors,
): void {
  if (isInVolume && containerName === '') errors.required(path.child('containerName'));
  else if (resource === '') errors.required(path.child('resource'));
  else if (!RESOURCES.includes(resource) && !HUGE_PAGES.test(resource))
    errors.notSupported(path.child('resource'), resource, RESOURCES);
  if (divisor !== '0') validateDivisor(resource, divisor, path.child('divisor'), errors);
}

function validateDivisor(resource: string, divisor: string, path: Path, errors: FieldErrors): void {
  if (resource.endsWith('.cpu')) {
    if (divisor !== '1' && divisor !== '1m')
      errors.invalid(path, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
    return;
  }
  const name = bytesResource(resource);
  if (name !== undefined && !BYTES.includes(divisor))
    errors.invalid(path, resource, `only divisor's values ${BYTES.join(', ')} are supported with the ${name} resource`);
}

function bytesResource(resource: string): string | undefined {
  if (resource.endsWith('.memory')) return 'memory';
  if (resource.endsWith('.ephemeral-storage')) return 'local ephemeral storage';
  return HUGE_PAGES.test(resource) ? 'hugepages' : undefined;
}
