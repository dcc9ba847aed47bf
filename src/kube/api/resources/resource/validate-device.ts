import { dnsSubdomainErrors, type FieldErrors, type Path } from '../../values/mod.ts';
import { validateNodeSelector } from '../core/pod-spec/mod.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import { validateCounterSetName, validateCounters } from './counters.ts';
import { validateEntries, validateList, validateSet } from './lists.ts';
import { validateAttributeName, validateLabelName } from './names.ts';
import { validateRequestPolicy } from './request-policy.ts';
import { validateDeviceTaint } from './taints.ts';
import type { Device, DeviceAttribute, DeviceCapacity } from './types.ts';

const MAX_ATTRIBUTES = 32;
const MAX_VALUE = 64;
const MAX_TAINTS = 16;
const MAX_CONSUMPTIONS = 2;
const ATTRIBUTE_TYPES = ['int', 'bool', 'string', 'version'] as const;
const NUMBER = '(0|[1-9]\\d*)';
const PRE_RELEASE = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const BUILD = '[0-9a-zA-Z-]+';
/** Semantic Versioning 2.0.0. */
const version = new RegExp(
  `^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRE_RELEASE}(\\.${PRE_RELEASE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`,
);

/** Complaints about one device. `saysWhere`: each device of its slice says for itself where it is. */
export function validateDevice(device: Device, saysWhere: boolean, path: Path, errors: FieldErrors): void {
  const { name = '', attributes = {}, capacity = {}, taints = [], consumesCounters = [] } = device;
  validateLabelName(name, path.child('name'), errors);
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MAX_ATTRIBUTES)
    errors.invalid(path, count, `the total number of attributes and capacities must not exceed ${MAX_ATTRIBUTES}`);
  const checkName = (key: string, at: Path) => validateAttributeName(key, at, errors);
  const any = Number.POSITIVE_INFINITY;
  validateEntries(attributes, any, path.child('attributes'), errors, checkName, (attribute, at) => {
    validateAttribute(attribute, at, errors);
  });
  const isShared = device.allowMultipleAllocations === true;
  validateEntries(capacity, any, path.child('capacity'), errors, checkName, (amount, at) => {
    validateCapacity(amount, isShared, at.child('requestPolicy'), errors);
  });
  validateList(taints, MAX_TAINTS, path.child('taints'), errors, (taint, at) => validateDeviceTaint(taint, at, errors));
  validateSet(
    consumesCounters,
    MAX_CONSUMPTIONS,
    path.child('consumesCounters'),
    errors,
    ({ counterSet = '', counters = {} }, at) => {
      validateCounterSetName(counterSet, at.child('counterSet'), errors);
      validateCounters(counters, at.child('counters'), errors);
    },
    ({ counterSet = '' }) => counterSet,
  );
  if (saysWhere) validatePlace(device, path, errors);
  else if (device.nodeName !== undefined || device.nodeSelector !== undefined || device.allNodes !== undefined) {
    const when = 'can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    errors.invalid(path, null, `\`nodeName\`, \`nodeSelector\` and \`allNodes\` ${when}`);
  }
  validateBindingConditions(device, path, errors);
}

function validateAttribute(attribute: DeviceAttribute, path: Path, errors: FieldErrors): void {
  const { string, version: text } = attribute;
  if (string !== undefined) validateLength(string, path.child('string'), errors);
  if (text !== undefined) {
    if (!version.test(text))
      errors.invalid(path.child('version'), text, 'must be a string compatible with semver.org spec 2.0.0');
    validateLength(text, path.child('version'), errors);
  }
  const count = ATTRIBUTE_TYPES.filter((type) => attribute[type] !== undefined).length;
  if (count !== 1) errors.invalid(path, count === 0 ? '' : attribute, 'exactly one value must be specified');
}

function validateLength(value: string, path: Path, errors: FieldErrors): void {
  if (Buffer.byteLength(value) > MAX_VALUE) errors.tooLong(path, MAX_VALUE);
}

function validateCapacity(
  { value = '0', requestPolicy }: DeviceCapacity,
  isShared: boolean,
  path: Path,
  errors: FieldErrors,
) {
  if (requestPolicy === undefined) return;
  if (isShared) validateRequestPolicy(requestPolicy, value, path, errors);
  else errors.forbidden(path, 'allowMultipleAllocations must be true');
}

function validatePlace({ nodeName, nodeSelector, allNodes }: Device, path: Path, errors: FieldErrors): void {
  const set: string[] = [];
  if (nodeName === '') errors.invalid(path.child('nodeName'), nodeName, 'must not be empty');
  else if (nodeName !== undefined) {
    set.push('`nodeName`');
    errors.invalidEach(path.child('nodeName'), nodeName, dnsSubdomainErrors(nodeName));
  }
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`');
    validateNodeSelector(nodeSelector, path.child('nodeSelector'), errors);
  }
  if (allNodes === true) set.push('`allNodes`');
  else if (allNodes === false) errors.invalid(path.child('allNodes'), allNodes, 'must be either unset or set to true');
  const when = 'is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  const only = `exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` ${when}`;
  if (set.length === 0) errors.required(path, only);
  if (set.length > 1) errors.invalid(path, `{${set.join(', ')}}`, only);
}
