import { dnsLabelErrors, dnsSubdomainErrors, type FieldErrors, type Path } from '../../values/mod.ts';
import { validateDriverName } from '../storage/driver-name.ts';
import { validateList, validateSet } from './lists.ts';
import { validateFullAttributeName, validateLabelName } from './names.ts';
import { validateDeviceToleration } from './taints.ts';
import type {
  DeviceClaim,
  DeviceConfig,
  DeviceConstraint,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  ExactDeviceRequest,
} from './types.ts';

const MAX_REQUESTS = 32;
const MAX_SUBREQUESTS = 8;
const MAX_SELECTORS = 32;
const MAX_CONSTRAINTS = 32;
/** How many settings for drivers a claim or a class may have. */
export const MAX_CONFIGS = 32;
const MAX_RAW_BYTES = 10 * 1024;
const MAX_EXPRESSION_BYTES = 10 * 1024;
const MODES = ['All', 'ExactCount'];

/** Upstream's defaults of requests for devices, in place. */
export function setDeviceClaimDefaults(claim: DeviceClaim | undefined): void {
  for (const { exactly, firstAvailable } of claim?.requests ?? []) {
    if (exactly !== undefined) setRequestDefaults(exactly);
    for (const request of firstAvailable ?? []) setRequestDefaults(request);
  }
}

function setRequestDefaults(request: ExactDeviceRequest): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
  for (const toleration of request.tolerations ?? []) toleration.operator ||= 'Equal';
}

/** Complaints about what devices are asked for. */
export function validateDeviceClaim(claim: DeviceClaim, path: Path, errors: FieldErrors): void {
  const { requests = [], constraints = [], config = [] } = claim;
  const names = requestNames(claim);
  const nameOf = ({ name = '' }: { name?: string }) => name;
  const checkRequest = (request: DeviceRequest, at: Path) => validateRequest(request, at, errors);
  validateSet(requests, MAX_REQUESTS, path.child('requests'), errors, checkRequest, nameOf);
  validateList(constraints, MAX_CONSTRAINTS, path.child('constraints'), errors, (constraint, at) => {
    validateReferences(constraint.requests ?? [], names, at.child('requests'), errors);
    validateConstraint(constraint, at, errors);
  });
  validateList(config, MAX_CONFIGS, path.child('config'), errors, (entry, at) => {
    validateReferences(entry.requests ?? [], names, at.child('requests'), errors);
    validateDeviceConfig(entry, at, errors);
  });
}

/** What devices are given for: the names of requests, and `request/subrequest`. */
export function requestNames({ requests = [] }: DeviceClaim): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name = '', firstAvailable = [] } of requests) {
    names.add(name);
    for (const sub of firstAvailable) names.add(`${name}/${sub.name ?? ''}`);
  }
  return names;
}

/** Complaints about which requests something is for. */
export function validateReferences(
  requests: readonly string[],
  names: ReadonlySet<string>,
  path: Path,
  errors: FieldErrors,
): void {
  const check = (name: string, at: Path) => validateReference(name, names, at, errors);
  validateSet(requests, MAX_REQUESTS, path, errors, check, (name) => name);
}

/** Complaints about the name of a request, or of a request and a subrequest. */
export function validateReference(name: string, names: ReadonlySet<string>, path: Path, errors: FieldErrors): void {
  const parts = name.split('/');
  if (parts.length === 1 || parts.length === 2) {
    for (const part of parts) errors.invalidEach(path, name, dnsLabelErrors(part));
    if (names.has(name)) return;
  }
  const detail =
    "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
  errors.invalid(path, name, detail);
}

function validateConstraint(constraint: DeviceConstraint, path: Path, errors: FieldErrors): void {
  const { matchAttribute, distinctAttribute } = constraint;
  if (matchAttribute !== undefined) validateFullAttributeName(matchAttribute, path.child('matchAttribute'), errors);
  else if (distinctAttribute !== undefined)
    validateFullAttributeName(distinctAttribute, path.child('distinctAttribute'), errors);
  else {
    // Upstream's words, though none is set.
    const what = 'exactly one of "matchAttribute" or "distinctAttribute" is required';
    errors.required(path, `${what}, but multiple fields are set`);
  }
}

/** Complaints about settings for a driver. */
export function validateDeviceConfig({ opaque }: DeviceConfig, path: Path, errors: FieldErrors): void {
  const at = path.child('opaque');
  if (opaque === undefined) {
    errors.required(at);
    return;
  }
  validateDriverName(opaque.driver ?? '', at.child('driver'), errors);
  validateRawObject(opaque.parameters, at.child('parameters'), errors);
}

/** Complaints about an object that only a driver understands. */
export function validateRawObject(value: unknown, path: Path, errors: FieldErrors): void {
  if (value === undefined || value === null) errors.required(path);
  else if (Buffer.byteLength(JSON.stringify(value)) > MAX_RAW_BYTES) errors.tooLong(path, MAX_RAW_BYTES);
  else if (typeof value !== 'object' || Array.isArray(value))
    errors.invalid(path, '<value omitted>', 'must be a valid JSON object');
}

function validateRequest({ name = '', exactly, firstAvailable = [] }: DeviceRequest, path: Path, errors: FieldErrors) {
  validateLabelName(name, path.child('name'), errors);
  const only = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly !== undefined && firstAvailable.length > 0)
    errors.invalid(path, null, `${only}, but multiple fields are set`);
  else if (exactly !== undefined) validateExact(exactly, path.child('exactly'), errors);
  else if (firstAvailable.length > 0) validateChoice(firstAvailable, path.child('firstAvailable'), errors);
  else errors.required(path, only);
}

function validateChoice(requests: readonly DeviceSubRequest[], path: Path, errors: FieldErrors): void {
  const check = (request: DeviceSubRequest, at: Path) => {
    validateLabelName(request.name ?? '', at.child('name'), errors);
    validateExact(request, at, errors);
  };
  validateSet(requests, MAX_SUBREQUESTS, path, errors, check, ({ name = '' }) => name);
}

function validateExact(request: ExactDeviceRequest, path: Path, errors: FieldErrors): void {
  const { deviceClassName = '', allocationMode = '', count = 0, selectors = [], tolerations = [] } = request;
  if (deviceClassName === '') errors.required(path.child('deviceClassName'));
  else errors.invalidEach(path.child('deviceClassName'), deviceClassName, dnsSubdomainErrors(deviceClassName));
  validateDeviceSelectors(selectors, path.child('selectors'), errors);
  const at = path.child('count');
  if (allocationMode === 'All') {
    if (count !== 0) errors.invalid(at, count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) errors.invalid(at, count, 'must be greater than zero');
  } else errors.notSupported(path.child('allocationMode'), allocationMode, MODES);
  tolerations.forEach((toleration, i) => {
    validateDeviceToleration(toleration, path.child('tolerations').index(i), errors);
  });
}

/** Complaints about how devices are chosen, but for what the expressions mean. */
export function validateDeviceSelectors(selectors: readonly DeviceSelector[], path: Path, errors: FieldErrors): void {
  validateList(selectors, MAX_SELECTORS, path, errors, ({ cel }, at) => {
    const expression = cel?.expression ?? '';
    const expressionPath = at.child('cel').child('expression');
    if (cel === undefined) errors.required(at.child('cel'));
    else if (expression.trim() === '') errors.required(expressionPath);
    else if (Buffer.byteLength(expression) > MAX_EXPRESSION_BYTES) errors.tooLong(expressionPath, MAX_EXPRESSION_BYTES);
  });
}
