import {
  dnsSubdomainErrors,
  type FieldErrors,
  ipFamily,
  METADATA,
  type Path,
  qualifiedNameErrors,
  STATUS,
  validateImmutable,
  validateIp,
} from '../../../values/mod.ts';
import { isSidecar, validatePodAnnotationsUpdate } from '../pod-spec/mod.ts';
import type { ContainerStatus, Pod, PodStatus } from './types.ts';

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];

/** Complaints about a status: what an agent can't rightly report. */
export function validatePodStatusUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  const { status = {} } = pod;
  const annotations = METADATA.child('annotations');
  validatePodAnnotationsUpdate(pod.metadata.annotations, old.metadata.annotations, annotations, errors);
  validateConditions(status, errors);
  const { nominatedNodeName: node = '' } = status;
  if (node !== '' && node !== old.status?.nominatedNodeName)
    errors.invalidEach(STATUS.child('nominatedNodeName'), node, dnsSubdomainErrors(node));
  validateImmutable(status.qosClass, old.status?.qosClass, STATUS.child('qosClass'), errors);
  validateTransitions(pod, old, errors);
  validateClaimStatuses(pod, errors);
  validateAddresses(status.podIPs, old.status?.podIPs, STATUS.child('podIPs'), errors);
  const { hostIP, hostIPs } = status;
  const first = hostIPs?.[0]?.ip;
  const hostPath = STATUS.child('hostIPs');
  if (first !== undefined && first !== (hostIP ?? ''))
    errors.invalid(hostPath.index(0).child('ip'), first, 'must be equal to `hostIP`');
  validateAddresses(hostIPs, old.status?.hostIPs, hostPath, errors);
}

function validateConditions({ conditions }: PodStatus, errors: FieldErrors): void {
  conditions?.forEach(({ type = '' }, i) => {
    if (SYSTEM_CONDITIONS.includes(type)) return;
    errors.invalidEach(METADATA.child('conditions').index(i).child('Type'), type, qualifiedNameErrors(type));
  });
}

/** What has ended for good does not run again. */
function validateTransitions(pod: Pod, old: Pod, errors: FieldErrors): void {
  const { restartPolicy = 'Always', initContainers = [], containers = [] } = old.spec;
  const policyOf = (name: string | undefined) =>
    [...initContainers, ...containers].find((container) => container.name === name)?.restartPolicy ?? restartPolicy;
  const sidecars = new Set(initContainers.filter(isSidecar).map(({ name }) => name));
  const check = (list: StatusList, policy: (name: string | undefined) => string) =>
    validateList(pod.status?.[list] ?? [], old.status?.[list] ?? [], policy, STATUS.child(list), errors);
  check('containerStatuses', policyOf);
  check('initContainerStatuses', (name) => (sidecars.has(name) ? 'Always' : policyOf(name)));
  check('ephemeralContainerStatuses', () => 'Never');
}

type StatusList = 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses';

function validateList(
  now: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  policyOf: (name: string | undefined) => string,
  path: Path,
  errors: FieldErrors,
): void {
  old.forEach(({ name, state }, i) => {
    const { terminated } = state ?? {};
    if (terminated === undefined) return;
    const policy = policyOf(name);
    if (policy === 'Always' || (policy === 'OnFailure' && (terminated.exitCode ?? 0) !== 0)) return;
    if (now.some((other) => other.name === name && other.state?.terminated === undefined))
      errors.forbidden(path.index(i).child('state'), 'may not be transitioned to non-terminated state');
  });
}

function validateClaimStatuses({ status, spec }: Pod, errors: FieldErrors): void {
  const seen = new Set<string>();
  status?.resourceClaimStatuses?.forEach(({ name = '', resourceClaimName }, i) => {
    const at = STATUS.child('resourceClaimStatuses').index(i).child('name');
    if (spec.resourceClaims?.some((claim) => claim.name === name) !== true)
      errors.invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
    if (resourceClaimName !== undefined)
      errors.invalidEach(at, resourceClaimName, dnsSubdomainErrors(resourceClaimName));
  });
}

/** One address of each family at most. */
function validateAddresses(
  list: readonly { ip?: string }[] | undefined,
  old: readonly { ip?: string }[] | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  if (list === undefined) return;
  const known = old?.map(({ ip = '' }) => ip);
  const addresses = list.map(({ ip = '' }) => ip);
  addresses.forEach((address, i) => {
    validateIp(address, path.index(i), errors, known);
    if (addresses.indexOf(address) < i) errors.duplicate(path.index(i), list[i]);
  });
  const isDual = addresses.length === 2 && ipFamily(addresses[0] ?? '') !== ipFamily(addresses[1] ?? '');
  if (addresses.length > 1 && !isDual) errors.invalid(path, list, 'may specify no more than one IP for each IP family');
}
