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
import { type Container, validatePodAnnotationsUpdate } from '../pod-spec/mod.ts';
import type { ContainerStatus, Pod, PodStatus } from './types.ts';
import { validateContainerStatuses, validateExtendedClaim } from './validate-status-devices.ts';

const NOT_NEGATIVE = 'must be a non-negative integer';
const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];

/** Complaints about a status: what an agent can't rightly report. */
export function validatePodStatusUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  const { status = {} } = pod;
  const annotations = METADATA.child('annotations');
  validatePodAnnotationsUpdate(pod.metadata.annotations, old.metadata.annotations, annotations, errors);
  validateConditions(status, errors);
  validateNomination(pod, old, errors);
  if ((status.observedGeneration ?? 0) < 0)
    errors.invalid(STATUS.child('observedGeneration'), status.observedGeneration, NOT_NEGATIVE);
  validateImmutable(status.qosClass, old.status?.qosClass, STATUS.child('qosClass'), errors);
  validateTransitions(pod, old, errors);
  validateClaimStatuses(pod, errors);
  validateExtendedClaim(pod, errors);
  validateAddresses(status.podIPs, old.status?.podIPs, STATUS.child('podIPs'), errors);
  const { hostIP, hostIPs } = status;
  const first = hostIPs?.[0]?.ip;
  const hostPath = STATUS.child('hostIPs');
  if (first !== undefined && first !== (hostIP ?? ''))
    errors.invalid(hostPath.index(0).child('ip'), first, 'must be equal to `hostIP`');
  validateAddresses(hostIPs, old.status?.hostIPs, hostPath, errors);
  validateContainerStatuses(pod, errors);
}

function validateConditions({ conditions }: PodStatus, errors: FieldErrors): void {
  conditions?.forEach(({ type = '', observedGeneration = 0 }, i) => {
    const at = STATUS.child('conditions').index(i);
    if (observedGeneration < 0) errors.invalid(at.child('observedGeneration'), observedGeneration, NOT_NEGATIVE);
    if (!SYSTEM_CONDITIONS.includes(type)) errors.invalidEach(at.child('Type'), type, qualifiedNameErrors(type));
  });
}

/** Room is made for pods that have no node yet. */
function validateNomination({ status }: Pod, old: Pod, errors: FieldErrors): void {
  const { nominatedNodeName: node = '' } = status ?? {};
  if (node === '' || node === old.status?.nominatedNodeName) return;
  const path = STATUS.child('nominatedNodeName');
  errors.invalidEach(path, node, dnsSubdomainErrors(node));
  if ((old.spec.nodeName ?? '') !== '')
    errors.forbidden(path, 'may not be set on pods that are already bound to a node');
}

/** What has ended for good does not run again. */
function validateTransitions(pod: Pod, old: Pod, errors: FieldErrors): void {
  const { restartPolicy = 'Always', initContainers = [], containers = [] } = old.spec;
  const all = [...initContainers, ...containers];
  const mayRestart = (name: string | undefined, exitCode: number) => {
    const container = all.find((other) => other.name === name);
    return container !== undefined && restarts(container, restartPolicy, exitCode);
  };
  const check = (list: StatusList, may: (name: string | undefined, exitCode: number) => boolean) =>
    validateList(pod.status?.[list] ?? [], old.status?.[list] ?? [], may, STATUS.child(list), errors);
  check('ephemeralContainerStatuses', () => false);
  const takesAllAlong = all.some(({ restartPolicyRules = [] }) =>
    restartPolicyRules.some(({ action }) => action === 'RestartAllContainers'),
  );
  if (takesAllAlong) return;
  check('containerStatuses', mayRestart);
  check('initContainerStatuses', mayRestart);
}

/** Is a container that ended with this exit code started again? Its own rules say it first, then its policy, then the pod's. */
function restarts({ restartPolicyRules, restartPolicy }: Container, podPolicy: string, exitCode: number): boolean {
  for (const { exitCodes, action } of restartPolicyRules ?? []) {
    const isAmong = exitCodes?.values?.includes(exitCode) === true;
    if (action === 'Restart' && isAmong === (exitCodes?.operator === 'In')) return true;
  }
  const policy = restartPolicy ?? podPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

type StatusList = 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses';

function validateList(
  now: readonly ContainerStatus[],
  old: readonly ContainerStatus[],
  mayRestart: (name: string | undefined, exitCode: number) => boolean,
  path: Path,
  errors: FieldErrors,
): void {
  old.forEach(({ name, state }, i) => {
    const { terminated } = state ?? {};
    if (terminated === undefined || mayRestart(name, terminated.exitCode ?? 0)) return;
    if (now.some((other) => other.name === name && other.state?.terminated === undefined))
      errors.forbidden(path.index(i).child('state'), 'may not be transitioned to non-terminated state');
  });
}

function validateClaimStatuses({ status, spec }: Pod, errors: FieldErrors): void {
  const seen = new Set<string>();
  status?.resourceClaimStatuses?.forEach(({ name = '', resourceClaimName }, i) => {
    const path = STATUS.child('resourceClaimStatuses').index(i);
    const at = path.child('name');
    if (spec.resourceClaims?.some((claim) => claim.name === name) !== true)
      errors.invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) errors.duplicate(at, name);
    seen.add(name);
    if (resourceClaimName !== undefined)
      errors.invalidEach(path.child('resourceClaimName'), resourceClaimName, dnsSubdomainErrors(resourceClaimName));
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
