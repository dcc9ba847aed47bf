import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, formatTime, SPEC, semanticEqual, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import type { DeviceAttribute, ResourceSlice, ResourceSliceSpec } from './types.ts';
import { validateSlice } from './validate-slice.ts';

const POOL = SPEC.child('pool');

function validateChange({ spec }: ResourceSlice, old: ResourceSlice, errors: FieldErrors): void {
  validateImmutable(spec.driver, old.spec.driver, SPEC.child('driver'), errors);
  validateImmutable(spec.pool?.name, old.spec.pool?.name, POOL.child('name'), errors);
  validateImmutable(spec.nodeName, old.spec.nodeName, SPEC.child('nodeName'), errors);
}

const ALPHA_LISTS = ['ints', 'bools', 'strings', 'versions'] as const;

function attributesOf({ spec }: ResourceSlice): DeviceAttribute[] {
  return (spec.devices ?? []).flatMap(({ attributes }) => Object.values(attributes ?? {}));
}

/** Lists as attributes are alpha, which is off: they go, unless the slice had such before. */
function dropLists(slice: ResourceSlice, old?: ResourceSlice): void {
  const isInUse = old !== undefined && attributesOf(old).some((one) => ALPHA_LISTS.some((list) => list in one));
  if (isInUse) return;
  for (const attribute of attributesOf(slice)) for (const list of ALPHA_LISTS) delete attribute[list];
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
      prepareForCreate: (slice, { nowMs }) => {
        dropLists(slice);
        stampTaints(slice, undefined, formatTime(nowMs));
      },
      prepareForUpdate: (slice, old, { nowMs }) => {
        dropLists(slice, old);
        stampTaints(slice, old, formatTime(nowMs));
      },
      validate: validateSlice,
      validateChange,
    },
    { hasGeneration: true },
  ),
};
