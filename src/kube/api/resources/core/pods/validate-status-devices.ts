import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  type Path,
  STATUS,
  unixIdErrors,
} from '../../../values/mod.ts';
import type { Container } from '../pod-spec/mod.ts';
import type { ContainerStatus, Pod } from './types.ts';

const HEALTHS = ['Healthy', 'Unhealthy', 'Unknown'];
const MAX_HEALTH_MESSAGE = 1024;

/** Complaints about the claim that the scheduler made for extended resources. */
export function validateExtendedClaim({ status, spec }: Pod, errors: FieldErrors): void {
  const claim = status?.extendedResourceClaimStatus;
  if (claim === undefined) return;
  const path = STATUS.child('extendedResourceClaimStatus');
  const { requestMappings = [], resourceClaimName = '' } = claim;
  const at = path.child('requestMappings');
  if (requestMappings.length === 0) errors.required(at, 'at least one request mapping is required');
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  const seen = new Set<string>();
  requestMappings.forEach((mapping, i) => {
    const { containerName = '', resourceName = '', requestName = '' } = mapping;
    validateMapping(mapping, containers, at.index(i), errors);
    errors.invalidEach(path.child('requestName'), requestName, dnsLabelErrors(requestName));
    const key = `${containerName} ${resourceName} ${requestName}`;
    if (seen.has(key)) {
      errors.duplicate(at.index(i).child('containerName'), containerName);
      errors.duplicate(at.index(i).child('resourceName'), resourceName);
      errors.duplicate(at.index(i).child('requestName'), requestName);
    }
    seen.add(key);
  });
  if (resourceClaimName === '') errors.required(path.child('resourceClaimName'));
  else errors.invalidEach(path.child('resourceClaimName'), resourceClaimName, dnsSubdomainErrors(resourceClaimName));
}

function validateMapping(
  { containerName = '', resourceName = '' }: { containerName?: string; resourceName?: string },
  containers: readonly Container[],
  path: Path,
  errors: FieldErrors,
): void {
  const container = containers.find(({ name }) => name === containerName);
  if (container === undefined) {
    const detail = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
    errors.invalid(path.child('containerName'), containerName, detail);
  } else if (!Object.hasOwn(container.resources?.requests ?? {}, resourceName)) {
    const lists = 'spec.initContainers.resources.requests or spec.containers.resources.requests';
    const detail = `must match the extended resource name of an entry in ${lists}`;
    errors.invalid(path.child('resourceName'), resourceName, detail);
  }
}

/** Complaints about who containers run as, and how the devices are that they were given. */
export function validateContainerStatuses({ status, spec }: Pod, errors: FieldErrors): void {
  const lists = {
    containerStatuses: spec.containers ?? [],
    initContainerStatuses: spec.initContainers ?? [],
    ephemeralContainerStatuses: undefined,
  };
  for (const [list, containers] of Object.entries(lists)) {
    status?.[list as keyof typeof lists]?.forEach((one, i) => {
      const at = STATUS.child(list).index(i);
      validateUser(one, spec.os?.name === 'windows', at.child('user').child('linux'), errors);
      validateDevices(one, containers, at.child('allocatedResourcesStatus'), errors);
    });
  }
}

function validateUser({ user }: ContainerStatus, isWindows: boolean, path: Path, errors: FieldErrors): void {
  const linux = user?.linux;
  if (linux === undefined) return;
  if (isWindows) {
    errors.forbidden(path, 'cannot be set for a windows pod');
    return;
  }
  const { uid = 0, gid = 0, supplementalGroups = [] } = linux;
  errors.invalidEach(path.child('uid'), uid, unixIdErrors(uid));
  errors.invalidEach(path.child('gid'), gid, unixIdErrors(gid));
  supplementalGroups.forEach((group, i) => {
    errors.invalidEach(path.child('supplementalGroups').index(i), group, unixIdErrors(group));
  });
}

function validateDevices(
  { name, allocatedResourcesStatus = [] }: ContainerStatus,
  containers: readonly Container[] | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  if (allocatedResourcesStatus.length > 0 && containers === undefined)
    errors.forbidden(path, 'must not be specified in container status');
  // What is said of containers that are gone is let be.
  const container = containers?.find((other) => other.name === name);
  allocatedResourcesStatus.forEach((resource, i) => {
    if (container !== undefined) validateDeviceName(resource.name ?? '', container, path.index(i), errors);
    if (containers !== undefined) validateHealths(resource.resources ?? [], path.index(i).child('resources'), errors);
  });
}

function validateDeviceName(name: string, { resources }: Container, path: Path, errors: FieldErrors): void {
  if (!name.startsWith('claim:')) {
    if (!Object.hasOwn(resources?.requests ?? {}, name))
      errors.invalid(path.child('name'), name, "must match one of the container's resource requests");
    return;
  }
  const claims = (resources?.claims ?? []).map(({ name: claim, request = '' }) =>
    request === '' ? `claim:${claim}` : `claim:${claim}/${request}`,
  );
  if (claims.includes(name)) return;
  const forms = "'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
  errors.invalid(path.child('name'), name, `must match one of the container's resource claims in a format ${forms}`);
}

function validateHealths(
  devices: readonly { resourceID?: string; health?: string; message?: string }[],
  path: Path,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  devices.forEach(({ resourceID = '', health = '', message }, i) => {
    const at = path.index(i);
    if (!HEALTHS.includes(health)) errors.notSupported(at.child('health'), health, HEALTHS);
    if (message === '') errors.required(at.child('message'), 'must be non-empty if specified');
    else if ((message ?? '').length > MAX_HEALTH_MESSAGE) errors.tooLong(at.child('message'), MAX_HEALTH_MESSAGE);
    if (seen.has(resourceID)) errors.duplicate(at.child('resourceID'), resourceID);
    seen.add(resourceID);
  });
}
