import { dnsLabelErrors, dnsSubdomainErrors, type FieldErrors, type Path } from '../../values/mod.ts';
import { validateDriverName } from '../storage/driver-name.ts';
import type { DeviceClaim, DeviceConfig, DeviceRequest, DeviceSelector, ExactRequest } from './types.ts';

const MAX_REQUESTS = 32;
const MAX_SUBREQUESTS = 8;
const MAX_SELECTORS = 32;
const MODES = ['All', 'ExactCount'];

/** Upstream's defaults of requests for devices, in place. */
export function setDeviceClaimDefaults(claim: DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable } of claim?.requests ?? []) {
    if (exactly !== undefined) setRequestDefaults(exactly);
    for (const request of firstAvailable ?? []) setRequestDefaults(request);
  }
}

function setRequestDefaults(request: ExactRequest): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
  for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal';
}

/** Complaints about what devices are asked for. */
export function validateDeviceClaim(claim: DeviceClaim, path: Path, errors: FieldErrors): void {
  const { requests = [], constraints = [], config = [] } = claim;
  const at = path.child('requests');
  if (requests.length > MAX_REQUESTS) errors.tooMany(at, requests.length, MAX_REQUESTS);
  const names = new Set<string>();
  requests.forEach((request, i) => {
    validateRequest(request, at.index(i), errors);
    const { name = '' } = request;
    if (names.has(name)) errors.duplicate(at.index(i).child('name'), name);
    names.add(name);
    for (const sub of request.firstAvailable ?? []) names.add(`${name}/${sub.name ?? ''}`);
  });
  constraints.forEach((constraint, i) => {
    const field = path.child('constraints').index(i);
    validateReferences(constraint.requests ?? [], names, field.child('requests'), errors);
    if (constraint.matchAttribute === undefined && constraint.distinctAttribute === undefined)
      errors.required(field.child('matchAttribute'));
  });
  config.forEach((entry, i) => {
    const field = path.child('config').index(i);
    validateReferences(entry.requests ?? [], names, field.child('requests'), errors);
    validateDeviceConfig(entry, field, errors);
  });
}

function validateReferences(requests: readonly string[], names: ReadonlySet<string>, path: Path, errors: FieldErrors) {
  requests.forEach((name, i) => {
    if (!names.has(name))
      errors.invalid(
        path.index(i),
        name,
        "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
      );
    if (requests.indexOf(name) < i) errors.duplicate(path.index(i), name);
  });
}

/** Complaints about settings for a driver. */
export function validateDeviceConfig({ opaque }: DeviceConfig, path: Path, errors: FieldErrors): void {
  const at = path.child('opaque');
  if (opaque === undefined) {
    errors.required(at);
    return;
  }
  validateDriverName(opaque.driver ?? '', at.child('driver'), errors);
  if (opaque.parameters === undefined || opaque.parameters === null) errors.required(at.child('parameters'));
  else if (typeof opaque.parameters !== 'object' || Array.isArray(opaque.parameters))
    errors.invalid(at.child('parameters'), '<value omitted>', 'must be a valid JSON object');
}

function validateRequest({ name = '', exactly, firstAvailable = [] }: DeviceRequest, path: Path, errors: FieldErrors) {
  validateRequestName(name, path.child('name'), errors);
  const count = (exactly === undefined ? 0 : 1) + (firstAvailable.length === 0 ? 0 : 1);
  if (count === 0) errors.required(path, 'exactly one of `exactly` or `firstAvailable` is required');
  if (count === 2)
    errors.invalid(path, name, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set');
  if (exactly !== undefined) validateExact(exactly, path.child('exactly'), errors);
  const at = path.child('firstAvailable');
  if (firstAvailable.length > MAX_SUBREQUESTS) errors.tooMany(at, firstAvailable.length, MAX_SUBREQUESTS);
  firstAvailable.forEach((request, i) => {
    validateRequestName(request.name ?? '', at.index(i).child('name'), errors);
    validateExact(request, at.index(i), errors);
    if (firstAvailable.findIndex((other) => other.name === request.name) < i)
      errors.duplicate(at.index(i).child('name'), request.name ?? '');
  });
}

function validateRequestName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') errors.required(path);
  else errors.invalidEach(path, name, dnsLabelErrors(name));
}

function validateExact(request: ExactRequest, path: Path, errors: FieldErrors): void {
  const { deviceClassName = '', allocationMode = '', count = 0, selectors = [] } = request;
  if (deviceClassName === '') errors.required(path.child('deviceClassName'));
  else errors.invalidEach(path.child('deviceClassName'), deviceClassName, dnsSubdomainErrors(deviceClassName));
  validateDeviceSelectors(selectors, path.child('selectors'), errors);
  const at = path.child('count');
  if (allocationMode === 'All') {
    if (count !== 0) errors.invalid(at, count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) errors.invalid(at, count, 'must be greater than zero');
  } else errors.notSupported(path.child('allocationMode'), allocationMode, MODES);
}

/** Complaints about how devices are chosen, but for the expressions, which are compiled elsewhere. */
export function validateDeviceSelectors(selectors: readonly DeviceSelector[], path: Path, errors: FieldErrors): void {
  if (selectors.length > MAX_SELECTORS) errors.tooMany(path, selectors.length, MAX_SELECTORS);
  selectors.forEach(({ cel }, i) => {
    const at = path.index(i).child('cel');
    if (cel === undefined) errors.required(at);
    else if ((cel.expression ?? '').trim() === '') errors.required(at.child('expression'));
  });
}
