import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { CREATED_AT_COLUMN } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { statusSubresource } from '../strategies.ts';
import { setWebhookClientDefaults } from '../webhook-client.ts';
import type { CustomResourceDefinition } from './types.ts';
import { validateCrdChange, validateCrdStatus, validateCustomResourceDefinition } from './validate.ts';

function setDefaults(crd: CustomResourceDefinition): void {
  crd.spec ??= {};
  const { spec } = crd;
  spec.names ??= {};
  const { kind = '' } = spec.names;
  spec.names.singular ||= kind.toLowerCase();
  if (kind !== '') spec.names.listKind ||= `${kind}List`;
  spec.conversion ??= { strategy: 'None' };
  setWebhookClientDefaults(spec.conversion.webhook?.clientConfig);
  if (spec.preserveUnknownFields === false) delete spec.preserveUnknownFields;
}

/** A version that objects were once stored in stays in the list until somebody says that none are left. */
function addStorageVersion(crd: CustomResourceDefinition): void {
  const name = (crd.spec.versions ?? []).find(({ storage }) => storage === true)?.name;
  const stored = crd.status?.storedVersions ?? [];
  if (name === undefined || stored.includes(name)) return;
  crd.status = { ...crd.status, storedVersions: [...stored, name] };
}

/**
 * Kinds that users define. What their schemas may be needs more than this layer knows: the API server adds it by
 * `withValidation`.
 */
export const customResourceDefinitions: ResourceDefinition = {
  group: 'apiextensions.k8s.io',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  kind: 'CustomResourceDefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' },
      { columns: [CREATED_AT_COLUMN] },
    ),
  ],
  storageVersion: 'v1',
  storagePrefix: 'apiextensions.k8s.io/customresourcedefinitions',
  subresources: {
    status: statusSubresource((object, _old, errors) => validateCrdStatus(object as CustomResourceDefinition, errors)),
  },
  strategy: kindStrategy<CustomResourceDefinition>(
    {
      newStatus: () => ({ conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: [] }),
      setDefaults,
      prepareForCreate: addStorageVersion,
      prepareForUpdate: addStorageVersion,
      validate: validateCustomResourceDefinition,
      validateChange: validateCrdChange,
    },
    { allowUnconditionalUpdate: false },
  ),
};
