import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, SPEC, STATUS, semanticEqual, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { setDeviceClaimDefaults, validateDeviceClaim } from './device-claim.ts';
import type { ResourceClaim, ResourceClaimTemplate } from './types.ts';

const GROUP = 'resource.k8s.io';
const MAX_CONSUMERS = 256;
const RESERVED = STATUS.child('reservedFor');
const ALLOCATION = STATUS.child('allocation');

function state(object: KubeObject): string {
  const { allocation, reservedFor = [] } = (object as ResourceClaim).status ?? {};
  const isDeleted = object.metadata.deletionTimestamp !== undefined;
  const states = isDeleted ? ['deleted'] : [];
  if (allocation !== undefined) states.push('allocated', ...(reservedFor.length > 0 ? ['reserved'] : []));
  else if (!isDeleted) states.push('pending');
  return states.join(',');
}

function validateStatus(object: KubeObject, old: KubeObject, errors: FieldErrors): void {
  const { allocation, reservedFor = [] } = (object as ResourceClaim).status ?? {};
  const before = (old as ResourceClaim).status?.allocation;
  if (reservedFor.length > MAX_CONSUMERS) errors.tooMany(RESERVED, reservedFor.length, MAX_CONSUMERS);
  const seen = new Set<string>();
  reservedFor.forEach(({ resource = '', name = '', uid = '' }, i) => {
    const at = RESERVED.index(i);
    if (resource === '') errors.required(at.child('resource'));
    if (name === '') errors.required(at.child('name'));
    if (uid === '') errors.required(at.child('uid'));
    if (seen.has(uid)) errors.duplicate(at.child('uid'), uid);
    seen.add(uid);
  });
  if (allocation === undefined && reservedFor.length > 0)
    errors.forbidden(RESERVED, 'may not be specified when `allocated` is not set');
  if (before !== undefined && allocation !== undefined && !semanticEqual(allocation, before))
    errors.invalid(ALLOCATION, allocation, 'field is immutable');
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
  subresources: { status: statusSubresource(validateStatus) },
  strategy: kindStrategy<ResourceClaim>(
    {
      newStatus: () => ({}),
      setDefaults: (claim) => {
        claim.spec ??= {};
        setDeviceClaimDefaults(claim.spec.devices);
      },
      validate: ({ spec }, errors) => validateDeviceClaim(spec.devices ?? {}, SPEC.child('devices'), errors),
      validateChange: (claim, old, errors) => validateImmutable(claim.spec, old.spec, SPEC, errors),
    },
    { hasGeneration: false },
  ),
};

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
  strategy: kindStrategy<ResourceClaimTemplate>({
    setDefaults: (template) => {
      template.spec ??= {};
      setDeviceClaimDefaults(template.spec.spec?.devices);
    },
    validate: ({ spec }, errors) =>
      validateDeviceClaim(spec.spec?.devices ?? {}, SPEC.child('spec').child('devices'), errors),
    validateChange: (template, old, errors) => validateImmutable(template.spec, old.spec, SPEC, errors),
  }),
};
