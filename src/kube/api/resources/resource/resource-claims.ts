import type { FieldError } from '../../field.ts';
import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { SPEC, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { complaints, LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';
import { validateClaimStatus } from './claim-status.ts';
import { setDeviceClaimDefaults, validateDeviceClaim } from './device-claim.ts';
import type { DeviceId, ResourceClaim, ResourceClaimTemplate } from './types.ts';

const GROUP = 'resource.k8s.io';

function state(object: KubeObject): string {
  const { allocation, reservedFor = [] } = (object as ResourceClaim).status ?? {};
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  const states = isDeleted ? ['deleted'] : [];
  if (allocation !== undefined) states.push('allocated', ...(reservedFor.length > 0 ? ['reserved'] : []));
  else if (!isDeleted) states.push('pending');
  return states.join(',');
}

/** What is asked for never changes: what was let in once is not looked at again. */
function validateSameSpec(object: KubeObject, old: KubeObject): FieldError[] {
  return complaints((errors) => validateImmutable(object.spec, old.spec, SPEC, errors));
}

/** Somebody needs devices. */
export const resourceClaims: ResourceDefinition = {
  group: GROUP,
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  kind: 'ResourceClaim',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: GROUP, version: 'v1', kind: 'ResourceClaim' },
      { columns: [textColumn('State', 'What has become of it.', state), AGE_COLUMN] },
    ),
  ],
  storageVersion: 'v1',
  subresources: {
    status: statusSubresource(
      (claim, old, errors) => {
        validateClaimStatus(claim as ResourceClaim, old as ResourceClaim, errors);
      },
      {
        keeps: LABELS_AND_ANNOTATIONS,
        prepare: (claim, old) => dropDeallocated(claim as ResourceClaim, old as ResourceClaim),
      },
    ),
  },
  strategy: kindStrategy<ResourceClaim>(
    {
      newStatus: () => ({}),
      setDefaults: (claim) => {
        claim.spec ??= {};
        setDeviceClaimDefaults(claim.spec.devices);
      },
      validate: ({ spec }, errors) => validateDeviceClaim(spec.devices ?? {}, SPEC.child('devices'), errors),
    },
    { hasGeneration: false, validateUpdate: validateSameSpec },
  ),
};

/** What is said of devices that the claim has no more goes with them. */
function dropDeallocated({ status }: ResourceClaim, old: ResourceClaim): void {
  if (status?.devices === undefined) return;
  const left = new Set(allocated(status).map(idOf));
  const gone = new Set(
    allocated(old.status)
      .map(idOf)
      .filter((id) => !left.has(id)),
  );
  status.devices = status.devices.filter((device) => !gone.has(idOf(device)));
  if (status.devices.length === 0) delete status.devices;
}

function allocated(status: ResourceClaim['status']): readonly DeviceId[] {
  return status?.allocation?.devices?.results ?? [];
}

function idOf({ driver, pool, device, shareID }: DeviceId): string {
  return JSON.stringify([driver, pool, device, shareID]);
}

/** What claims are made of for each pod. */
export const resourceClaimTemplates: ResourceDefinition = {
  group: GROUP,
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  kind: 'ResourceClaimTemplate',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [served({ group: GROUP, version: 'v1', kind: 'ResourceClaimTemplate' }, { columns: [AGE_COLUMN] })],
  storageVersion: 'v1',
  strategy: kindStrategy<ResourceClaimTemplate>(
    {
      setDefaults: (template) => {
        template.spec ??= {};
        setDeviceClaimDefaults(template.spec.spec?.devices);
      },
      validate: ({ spec }, errors) =>
        validateDeviceClaim(spec.spec?.devices ?? {}, SPEC.child('spec').child('devices'), errors),
    },
    { validateUpdate: validateSameSpec },
  ),
};
