import { dnsSubdomainErrors, type FieldErrors, type Path, SPEC } from '../../values/mod.ts';
import { validateNodeSelector } from '../core/pod-spec/mod.ts';
import { validateDriverName } from '../storage/driver-name.ts';
import { validateCounterSetName, validateCounters } from './counters.ts';
import { validateSet } from './lists.ts';
import { validatePoolName } from './names.ts';
import type { CounterSet, Device, ResourceSlice, ResourceSliceSpec } from './types.ts';
import { validateDevice } from './validate-device.ts';

const POOL = SPEC.child('pool');
const MAX_DEVICES = 128;
/** Where devices have taints or use counters. */
const MAX_DEMANDING_DEVICES = 64;
const MAX_COUNTER_SETS = 8;

/** Complaints about the devices that a driver offers. */
export function validateSlice({ spec }: ResourceSlice, errors: FieldErrors): void {
  const { driver = '', pool = {}, devices = [], sharedCounters = [] } = spec;
  validateDriverName(driver, SPEC.child('driver'), errors);
  validatePoolName(pool.name ?? '', POOL.child('name'), errors);
  const { resourceSliceCount: slices = 0, generation = 0 } = pool;
  if (slices <= 0) errors.invalid(POOL.child('resourceSliceCount'), slices, 'must be greater than zero');
  if (generation < 0) errors.invalid(POOL.child('generation'), generation, 'must be greater than or equal to zero');
  validatePlace(spec, errors);
  if (spec.sharedCounters !== undefined && spec.devices !== undefined)
    errors.invalid(SPEC, '', 'only one of `sharedCounters` or `devices` is allowed');
  const isDemanding = devices.some(
    ({ taints = [], consumesCounters = [] }) => taints.length + consumesCounters.length > 0,
  );
  const check = (device: Device, path: Path) => {
    validateDevice(device, spec.perDeviceNodeSelection === true, path, errors);
  };
  const nameOf = ({ name = '' }: { name?: string }) => name;
  validateSet(devices, isDemanding ? MAX_DEMANDING_DEVICES : MAX_DEVICES, SPEC.child('devices'), errors, check, nameOf);
  const checkCounters = (set: CounterSet, path: Path) => validateCounterSet(set, path, errors);
  validateSet(sharedCounters, MAX_COUNTER_SETS, SPEC.child('sharedCounters'), errors, checkCounters, nameOf);
}

function validatePlace(spec: ResourceSliceSpec, errors: FieldErrors): void {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const set: string[] = [];
  if (nodeName === '')
    errors.invalid(SPEC.child('nodeName'), nodeName, 'must be either unset or set to a non-empty string');
  else if (nodeName !== undefined) {
    set.push('`nodeName`');
    errors.invalidEach(SPEC.child('nodeName'), nodeName, dnsSubdomainErrors(nodeName));
  }
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`');
    const path = SPEC.child('nodeSelector');
    validateNodeSelector(nodeSelector, path, errors);
    const { nodeSelectorTerms: terms = [] } = nodeSelector;
    if (terms.length !== 1)
      errors.invalid(path.child('nodeSelectorTerms'), terms, 'must have exactly one node selector term');
  }
  for (const [field, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === true) set.push(`\`${field}\``);
    else if (value === false) errors.invalid(SPEC.child(field), value, 'must be either unset or set to true');
  }
  const only = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (set.length === 0) errors.required(SPEC, only);
  if (set.length > 1) errors.invalid(SPEC, `{${set.join(', ')}}`, `${only}, but multiple fields are set`);
}

function validateCounterSet({ name = '', counters = {} }: CounterSet, path: Path, errors: FieldErrors): void {
  validateCounterSetName(name, path.child('name'), errors);
  validateCounters(counters, path.child('counters'), errors);
}
