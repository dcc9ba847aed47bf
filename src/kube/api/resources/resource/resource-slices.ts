import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  dnsLabelErrors,
  dnsSubdomainErrors,
  type FieldErrors,
  formatTime,
  type Path,
  SPEC,
  semanticEqual,
  validateImmutable,
  validateNonnegative,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { validateDriverName } from '../storage/driver-name.ts';
import type { Device, ResourceSlice, ResourceSliceSpec } from './types.ts';

const POOL = SPEC.child('pool');
const DEVICES = SPEC.child('devices');
const MAX_DEVICES = 128;
const MAX_POOL_NAME = 253;
const MAX_ATTRIBUTES = 32;
const ATTRIBUTE_TYPES = ['int', 'bool', 'string', 'version'];
const TAINT_EFFECTS = ['NoExecute', 'NoSchedule', 'None'];

function validate({ spec }: ResourceSlice, errors: FieldErrors): void {
  const { driver = '', pool = {}, devices = [], nodeName } = spec;
  validateDriverName(driver, SPEC.child('driver'), errors);
  validatePoolName(pool.name ?? '', POOL.child('name'), errors);
  const slices = pool.resourceSliceCount ?? 0;
  if (slices <= 0) errors.invalid(POOL.child('resourceSliceCount'), slices, 'must be greater than zero');
  validateNonnegative(pool.generation, POOL.child('generation'), errors);
  if (nodeName !== undefined) errors.invalidEach(SPEC.child('nodeName'), nodeName, dnsSubdomainErrors(nodeName));
  validatePlace(spec, errors);
  if (devices.length > MAX_DEVICES) errors.tooMany(DEVICES, devices.length, MAX_DEVICES);
  const seen = new Set<string>();
  devices.forEach((device, i) => {
    const { name = '' } = device;
    validateDevice(device, DEVICES.index(i), errors);
    if (seen.has(name)) errors.duplicate(DEVICES.index(i).child('name'), name);
    seen.add(name);
  });
}

function validatePoolName(name: string, path: Path, errors: FieldErrors): void {
  if (name === '') {
    errors.required(path);
    return;
  }
  if (name.length > MAX_POOL_NAME) errors.tooLong(path, MAX_POOL_NAME);
  for (const part of name.split('/')) errors.invalidEach(path, part, dnsSubdomainErrors(part));
}

function validatePlace(
  { nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec,
  errors: FieldErrors,
) {
  const detail = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  const set = [nodeName !== undefined, nodeSelector !== undefined, allNodes === true, perDeviceNodeSelection === true];
  const count = set.filter(Boolean).length;
  if (count === 0) errors.required(SPEC, detail);
  if (count > 1) errors.invalid(SPEC, '{multiple}', `${detail}, but multiple fields are set`);
}

function validateDevice(
  { name = '', attributes = {}, capacity = {}, taints = [] }: Device,
  path: Path,
  errors: FieldErrors,
): void {
  if (name === '') errors.required(path.child('name'));
  else errors.invalidEach(path.child('name'), name, dnsLabelErrors(name));
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MAX_ATTRIBUTES) {
    const detail = `the total number of attributes and capacities must not exceed ${MAX_ATTRIBUTES}`;
    errors.invalid(path, count, detail);
  }
  for (const [key, value] of Object.entries(attributes)) {
    const at = path.child('attributes').key(key);
    const set = ATTRIBUTE_TYPES.filter((type) => Object.hasOwn(value, type));
    if (set.length === 0) errors.required(at, 'exactly one value must be specified');
    if (set.length > 1) errors.invalid(at, value, 'exactly one value must be specified');
  }
  taints.forEach(({ effect = '' }, i) => {
    const at = path.child('taints').index(i).child('effect');
    if (effect === '') errors.required(at);
    else if (!TAINT_EFFECTS.includes(effect)) errors.notSupported(at, effect, TAINT_EFFECTS);
  });
}

function validateChange({ spec }: ResourceSlice, old: ResourceSlice, errors: FieldErrors): void {
  validateImmutable(spec.driver, old.spec.driver, SPEC.child('driver'), errors);
  validateImmutable(spec.pool?.name, old.spec.pool?.name, POOL.child('name'), errors);
  validateImmutable(spec.nodeName, old.spec.nodeName, SPEC.child('nodeName'), errors);
}

/** The time at which a taint came is the server's to fill in. */
function stampTaints(slice: ResourceSlice, old: ResourceSlice | undefined, now: string): void {
  const known = (old?.spec.devices ?? []).flatMap(({ taints }) => taints ?? []);
  for (const { taints } of slice.spec.devices ?? []) {
    for (const taint of taints ?? []) {
      if (taint.timeAdded !== undefined) continue;
      const { timeAdded: _now, ...same } = taint;
      const before = known.find(({ timeAdded: _then, ...other }) => semanticEqual(other, same));
      taint.timeAdded = before?.timeAdded ?? now;
    }
  }
}

function specOf(object: KubeObject): ResourceSliceSpec {
  return (object as ResourceSlice).spec ?? {};
}

/** Devices that a driver offers. */
export const resourceSlices: ResourceDefinition = {
  group: 'resource.k8s.io',
  plural: 'resourceslices',
  singular: 'resourceslice',
  kind: 'ResourceSlice',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'resource.k8s.io', version: 'v1', kind: 'ResourceSlice' },
      {
        columns: [
          textColumn('Node', 'Where they are.', (object) => specOf(object).nodeName ?? '<unset>'),
          textColumn('Driver', 'Whose they are.', (object) => specOf(object).driver ?? ''),
          textColumn('Pool', 'What they belong to.', (object) => specOf(object).pool?.name ?? ''),
          AGE_COLUMN,
        ],
        selectableFields: {
          'spec.driver': (object) => specOf(object).driver ?? '',
          'spec.nodeName': (object) => specOf(object).nodeName ?? '',
        },
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<ResourceSlice>(
    {
      setDefaults: (slice) => {
        slice.spec ??= {};
      },
      prepareForCreate: (slice, { nowMs }) => stampTaints(slice, undefined, formatTime(nowMs)),
      prepareForUpdate: (slice, old, { nowMs }) => stampTaints(slice, old, formatTime(nowMs)),
      validate,
      validateChange,
    },
    { hasGeneration: true },
  ),
};
