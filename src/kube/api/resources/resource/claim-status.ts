import {
  canonicalInterfaceErrors,
  type FieldErrors,
  type Path,
  STATUS,
  semanticEqual,
  validateConditions,
} from '../../values/mod.ts';
import { validateNodeSelector } from '../core/pod-spec/mod.ts';
import { validateDriverName } from '../storage/driver-name.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import {
  MAX_CONFIGS,
  requestNames,
  validateDeviceConfig,
  validateRawObject,
  validateReference,
  validateReferences,
} from './device-claim.ts';
import { validateList, validateSet } from './lists.ts';
import { validateLabelName, validatePoolName, validateShareId } from './names.ts';
import { validateDeviceToleration } from './taints.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceId,
  DeviceRequestAllocationResult,
  ResourceClaim,
} from './types.ts';

const MAX_CONSUMERS = 256;
const MAX_RESULTS = 32;
const MAX_CONDITIONS = 8;
const MAX_ADDRESSES = 16;
const MAX_INTERFACE_NAME = 256;
const MAX_HARDWARE_ADDRESS = 128;
const SOURCES = ['FromClaim', 'FromClass'];
const RESERVED = STATUS.child('reservedFor');
const ALLOCATION = STATUS.child('allocation');

/** Complaints about which devices a claim got, who may use them and how they are. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim, errors: FieldErrors): void {
  validateConsumers(claim, old, errors);
  validateDeviceStatuses(claim, errors);
  const { allocation } = claim.status ?? {};
  const before = old.status?.allocation;
  if (allocation === undefined) return;
  if (before === undefined) validateAllocation(claim, allocation, errors);
  else if (!semanticEqual(allocation, before)) errors.invalid(ALLOCATION, allocation, 'field is immutable');
}

function validateConsumers({ metadata, status }: ResourceClaim, old: ResourceClaim, errors: FieldErrors): void {
  const { reservedFor = [], allocation } = status ?? {};
  const check = ({ resource = '', name = '', uid = '' }: (typeof reservedFor)[number], path: Path) => {
    if (resource === '') errors.required(path.child('resource'));
    if (name === '') errors.required(path.child('name'));
    if (uid === '') errors.required(path.child('uid'));
  };
  validateSet(reservedFor, MAX_CONSUMERS, RESERVED, errors, check, ({ uid = '' }) => uid);
  if (reservedFor.length === 0) return;
  if (allocation === undefined) errors.forbidden(RESERVED, 'may not be specified when `allocated` is not set');
  else if (metadata.deletionTimestamp !== undefined) {
    const before = old.status?.reservedFor ?? [];
    const added = reservedFor.some((consumer) => !before.some((other) => semanticEqual(other, consumer)));
    const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    if (added) errors.forbidden(RESERVED, detail);
  }
}

function idOf({ driver = '', pool = '', device = '', shareID }: DeviceId): string {
  return `${driver}/${pool}/${device}${shareID === undefined ? '' : `/${shareID}`}`;
}

function validateId({ driver = '', pool = '', device = '', shareID }: DeviceId, path: Path, errors: FieldErrors): void {
  validateDriverName(driver, path.child('driver'), errors);
  validatePoolName(pool, path.child('pool'), errors);
  validateLabelName(device, path.child('device'), errors);
  if (shareID !== undefined) validateShareId(shareID, path.child('shareID'), errors);
}

function validateDeviceStatuses({ status }: ResourceClaim, errors: FieldErrors): void {
  const allocated = new Set(status?.allocation?.devices?.results?.map(idOf));
  const check = (device: AllocatedDeviceStatus, path: Path) => {
    validateId(device, path, errors);
    if (!allocated.has(idOf(device))) errors.invalid(path, idOf(device), 'must be an allocated device in the claim');
    validateReport(device, path, errors);
  };
  validateSet(status?.devices ?? [], Number.POSITIVE_INFINITY, STATUS.child('devices'), errors, check, idOf);
}

function validateReport(
  { conditions = [], data, networkData }: AllocatedDeviceStatus,
  path: Path,
  errors: FieldErrors,
): void {
  if (conditions.length > MAX_CONDITIONS) errors.tooMany(path.child('conditions'), conditions.length, MAX_CONDITIONS);
  validateConditions(conditions, path.child('conditions'), errors);
  if (data !== undefined) validateRawObject(data, path.child('data'), errors);
  if (networkData === undefined) return;
  const { interfaceName = '', hardwareAddress = '', ips = [] } = networkData;
  const at = path.child('networkData');
  if (interfaceName.length > MAX_INTERFACE_NAME) errors.tooLong(at.child('interfaceName'), MAX_INTERFACE_NAME);
  if (hardwareAddress.length > MAX_HARDWARE_ADDRESS) errors.tooLong(at.child('hardwareAddress'), MAX_HARDWARE_ADDRESS);
  const check = (ip: string, ipPath: Path) => errors.invalidEach(ipPath, ip, canonicalInterfaceErrors(ip));
  validateSet(ips, MAX_ADDRESSES, at.child('ips'), errors, check, (ip) => ip);
}

function validateAllocation({ spec }: ResourceClaim, allocation: AllocationResult, errors: FieldErrors): void {
  const names = requestNames(spec.devices ?? {});
  const { devices: { results = [], config = [] } = {}, nodeSelector } = allocation;
  const path = ALLOCATION.child('devices');
  validateList(results, MAX_RESULTS, path.child('results'), errors, (result, at) => {
    validateResult(result, names, at, errors);
  });
  // Those of the class, and those of the claim.
  validateList(config, 2 * MAX_CONFIGS, path.child('config'), errors, (entry, at) => {
    const { source = '', requests = [] } = entry;
    if (source === '') errors.required(at.child('source'));
    else if (!SOURCES.includes(source)) errors.notSupported(at.child('source'), source, SOURCES);
    validateReferences(requests, names, at.child('requests'), errors);
    validateDeviceConfig(entry, at, errors);
  });
  if (nodeSelector !== undefined) validateNodeSelector(nodeSelector, ALLOCATION.child('nodeSelector'), errors);
}

function validateResult(
  result: DeviceRequestAllocationResult,
  names: ReadonlySet<string>,
  path: Path,
  errors: FieldErrors,
): void {
  validateReference(result.request ?? '', names, path.child('request'), errors);
  validateId(result, path, errors);
  validateBindingConditions(result, path, errors);
  result.tolerations?.forEach((toleration, i) => {
    validateDeviceToleration(toleration, path.child('tolerations').index(i), errors);
  });
}
