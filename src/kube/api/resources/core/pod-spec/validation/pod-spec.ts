import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  ipErrors,
  type Path,
  rangeMessage,
  validateLabels,
  validateQualifiedName,
} from '../../../../values/mod.ts';
import type { PodResourceClaim, PodSpec } from '../types.ts';
import { validateContainers, validateEphemeralContainers, validateInitContainers } from './containers.ts';
import { type PodContext, visitContainers } from './context.ts';
import { validateDns } from './dns.ts';
import { validateFileKeyVolumes } from './file-key-volumes.ts';
import { validateHostProcess, validateOperatingSystem } from './operating-system.ts';
import { validateContainerResources, validatePodResources } from './resources.ts';
import { validateAffinity, validateTolerations } from './scheduling.ts';
import { validatePodSecurityContext } from './security.ts';
import { validateOptional, validateRequired } from './supported.ts';
import { validateTopologySpread } from './topology-spread.ts';
import { validateVolumes } from './volumes.ts';

const RESTART_POLICIES = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const MAX_INT32 = 2147483647;
const MAX_HOSTNAME = 64;
const NO_CLAIMS: ReadonlySet<string> = new Set();

/** Complaints about the specification of a pod (`podName` is known then), or of a template of pods. */
export function validatePodSpec(
  spec: PodSpec,
  path: Path,
  errors: FieldErrors,
  options: { readonly isPod: boolean; readonly podName?: string },
): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.required(path.child('terminationGracePeriodSeconds'));
  const context: PodContext = {
    spec,
    volumes: validateVolumes(spec.volumes, options.podName ?? '', options.isPod, path.child('volumes'), errors),
    claimNames: namesOfClaims(spec),
    isPod: options.isPod,
  };
  if (spec.resourceClaims !== undefined) validateClaims(spec.resourceClaims, path.child('resourceClaims'), errors);
  validateContainers(context, path.child('containers'), errors);
  if (spec.initContainers !== undefined) validateInitContainers(context, path.child('initContainers'), errors);
  if (spec.ephemeralContainers !== undefined)
    validateEphemeralContainers(context, path.child('ephemeralContainers'), errors);
  validatePodResources(spec, path.child('resources'), errors);
  validateHostFields(context, path, errors);
  validateRequired(spec.restartPolicy, RESTART_POLICIES, path.child('restartPolicy'), errors);
  validateRequired(spec.dnsPolicy, DNS_POLICIES, path.child('dnsPolicy'), errors);
  if (spec.securityContext !== undefined)
    validatePodSecurityContext(spec.securityContext, spec, path.child('securityContext'), errors);
  validateDns(spec, path.child('dnsConfig'), errors);
  validatePlacement(spec, path, errors);
  validateNames(spec, path, errors);
  validateHostProcess(spec, path, errors);
  validateOperatingSystem(spec, path, errors);
  validateFileKeyVolumes(spec, path, errors);
}

function namesOfClaims({ resourceClaims }: PodSpec): ReadonlySet<string> {
  if (resourceClaims === undefined) return NO_CLAIMS;
  return new Set(resourceClaims.map(({ name = '' }) => name).filter((name) => name !== ''));
}

function validateClaims(claims: readonly PodResourceClaim[], path: Path, errors: FieldErrors): void {
  const seen = new Set<string>();
  claims.forEach((claim, i) => {
    const at = path.index(i);
    const { name = '', resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    if (name === '') errors.required(at.child('name'));
    else if (seen.has(name)) errors.duplicate(at.child('name'), name);
    else errors.invalidEach(at.child('name'), name, dnsLabelErrors(name));
    seen.add(name);
    if (own !== undefined && template !== undefined)
      errors.invalid(at, claim, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified');
    if (own === undefined && template === undefined)
      errors.invalid(at, claim, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`');
    if (own !== undefined) errors.invalidEach(at.child('resourceClaimName'), own, dnsSubdomainErrors(own));
    if (template !== undefined)
      errors.invalidEach(at.child('resourceClaimTemplateName'), template, dnsSubdomainErrors(template));
  });
}

/** What is shared with the host, and what then must not be. */
function validateHostFields({ spec, isPod }: PodContext, path: Path, errors: FieldErrors): void {
  if (spec.hostNetwork === true) {
    spec.containers?.forEach(({ ports = [] }, i) => {
      ports.forEach(({ hostPort = 0, containerPort = 0 }, at) => {
        if (hostPort === containerPort || (hostPort === 0 && !isPod)) return;
        const field = path.child('containers').index(i).child('ports').index(at).child('hostPort');
        errors.invalid(field, hostPort, 'must match `containerPort` when `hostNetwork` is true');
      });
    });
  }
  if (spec.hostUsers !== false) return;
  const detail = 'when `hostUsers` is false';
  if (spec.hostNetwork === true) errors.forbidden(path.child('hostNetwork'), detail);
  if (spec.hostPID === true) errors.forbidden(path.child('HostPID'), detail);
  if (spec.hostIPC === true) errors.forbidden(path.child('HostIPC'), detail);
  // Block devices have no owners that could be mapped.
  visitContainers(spec, path, ({ volumeDevices = [] }, at) => {
    if (volumeDevices.length > 0) errors.forbidden(at.child('volumeDevices'), detail);
  });
}

/** What the scheduler looks at. */
function validatePlacement(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const { nodeSelector, affinity, tolerations, topologySpreadConstraints, overhead } = spec;
  if (nodeSelector !== undefined) validateLabels(nodeSelector, path.child('nodeSelector'), errors);
  if (affinity !== undefined) validateAffinity(affinity, path.child('affinity'), errors);
  if (tolerations !== undefined) validateTolerations(tolerations, path.child('tolerations'), errors);
  if (topologySpreadConstraints !== undefined)
    validateTopologySpread(topologySpreadConstraints, path.child('topologySpreadConstraints'), errors);
  if (overhead !== undefined)
    validateContainerResources({ limits: overhead }, NO_CLAIMS, path.child('overhead'), errors);
  spec.readinessGates?.forEach(({ conditionType = '' }, i) => {
    validateQualifiedName(conditionType, path.child('readinessGates').index(i).child('conditionType'), errors);
  });
  spec.schedulingGates?.forEach(({ name = '' }, i, gates) => {
    const at = path.child('schedulingGates').index(i);
    validateQualifiedName(name, at, errors);
    if (gates.findIndex((gate) => gate.name === name) < i) errors.duplicate(at, name);
  });
}

const SUBDOMAINS = ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const;

function validateNames(spec: PodSpec, path: Path, errors: FieldErrors): void {
  for (const field of SUBDOMAINS) {
    const name = spec[field];
    if (name !== undefined && (name !== '' || field === 'runtimeClassName'))
      errors.invalidEach(path.child(field), name, dnsSubdomainErrors(name));
  }
  const { activeDeadlineSeconds: deadline, hostname = '', subdomain = '' } = spec;
  if (deadline !== undefined && (deadline < 1 || deadline > MAX_INT32))
    errors.invalid(path.child('activeDeadlineSeconds'), deadline, rangeMessage(1, MAX_INT32));
  if (hostname !== '') errors.invalidEach(path.child('hostname'), hostname, dnsLabelErrors(hostname));
  if (subdomain !== '') errors.invalidEach(path.child('subdomain'), subdomain, dnsLabelErrors(subdomain));
  validateHostnameOverride(spec, path, errors);
  validateOptional(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], path.child('preemptionPolicy'), errors);
  spec.hostAliases?.forEach(({ ip = '', hostnames = [] }, i) => {
    const at = path.child('hostAliases').index(i);
    errors.invalidEach(at.child('ip'), ip, ipErrors(ip));
    hostnames.forEach((name, n) => {
      errors.invalidEach(at.child('hostnames').index(n), name, dnsSubdomainErrors(name));
    });
  });
}

function validateHostnameOverride(spec: PodSpec, path: Path, errors: FieldErrors): void {
  const { hostnameOverride } = spec;
  if (hostnameOverride === undefined) return;
  const at = path.child('hostnameOverride');
  if (spec.setHostnameAsFQDN === true) errors.forbidden(at, 'may not be specified when setHostnameAsFQDN is true');
  if (spec.hostNetwork === true) errors.forbidden(at, 'may not be specified when hostNetwork is true');
  if (hostnameOverride.length > MAX_HOSTNAME) errors.tooLong(at, MAX_HOSTNAME);
  errors.invalidEach(at, hostnameOverride, dnsSubdomainErrors(hostnameOverride));
}
