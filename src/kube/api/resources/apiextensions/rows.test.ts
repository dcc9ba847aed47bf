import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invalid } from '../../field.ts';
import { CONTEXT, changeIn, checkKind, createIn } from '../testing/check-kind.ts';
import { withValidation } from '../with-validation.ts';
import { customResourceDefinitions as row } from './custom-resource-definitions.ts';

const V1 = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
const V2 = { ...V1, name: 'v2', storage: false };
const MINIMAL = {
  metadata: { name: 'shirts.example.com' },
  spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'shirts', kind: 'Shirt' }, versions: [V1] },
};
const VERSIONS = 'spec.versions: Invalid value:';

checkKind(row, {
  minimal: MINIMAL,
  created: {
    spec: { names: { singular: 'shirt', listKind: 'ShirtList' }, conversion: { strategy: 'None' } },
    status: { storedVersions: ['v1'], acceptedNames: { plural: '', kind: '' } },
  },
  invalid: [
    [
      'another name',
      { metadata: { name: 'shirts' } },
      'metadata.name: Invalid value: "shirts": must be spec.names.plural+"."+spec.group',
    ],
    [
      'a group without a dot',
      { metadata: { name: 'shirts.example' }, spec: { group: 'example' } },
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
    ['no scope', { spec: { scope: null } }, 'spec.scope: Required value'],
    [
      'an unknown scope',
      { spec: { scope: 'World' } },
      'spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"',
    ],
    [
      'two versions to store',
      { spec: { versions: [V1, { ...V1, name: 'v2' }] } },
      `${VERSIONS} ${JSON.stringify([V1, { ...V1, name: 'v2' }])}: must have exactly one version marked as storage version`,
    ],
    [
      'versions of one name',
      { spec: { versions: [V1, { ...V2, name: 'v1' }] } },
      `${VERSIONS} ${JSON.stringify([V1, { ...V2, name: 'v1' }])}: must contain unique version names`,
    ],
    [
      'no schema',
      { spec: { versions: [{ ...V1, schema: undefined }] } },
      'spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required',
    ],
    [
      'a warning where nothing is deprecated',
      { spec: { versions: [{ ...V1, deprecationWarning: 'old' }] } },
      'spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions',
    ],
    [
      'one name for the kind and its list',
      { spec: { names: { listKind: 'Shirt' } } },
      'spec.names.listKind: Invalid value: "Shirt": kind and listKind may not be the same',
    ],
    [
      'conversion by nobody',
      { spec: { conversion: { strategy: 'Webhook' } } },
      'spec.conversion.webhook.clientConfig: Required value: required when strategy is set to Webhook',
      'spec.conversion.webhook.conversionReviewVersions: Required value',
    ],
    [
      'somebody for no conversion',
      { spec: { conversion: { strategy: 'None', webhook: {} } } },
      'spec.conversion.webhook: Forbidden: should not be set when strategy is not set to Webhook',
    ],
    [
      'an unknown conversion',
      { spec: { conversion: { strategy: 'Magic' } } },
      'spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook"',
    ],
  ],
  refused: [
    [
      'a version that objects may be stored in goes',
      { spec: { versions: [{ ...V2, storage: true }] } },
      'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must ' +
        'remain in spec.versions until a storage migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions',
    ],
  ],
  accepted: [
    ['another kind, while nobody uses it', { spec: { names: { kind: 'Blouse', listKind: 'BlouseList' } } }],
    [
      'another version to store',
      {
        spec: {
          versions: [
            { ...V1, storage: false },
            { ...V2, storage: true },
          ],
        },
      },
      { status: { storedVersions: ['v1', 'v2'] } },
    ],
  ],
});

test('CustomResourceDefinition: scope and kind stay once it is established', () => {
  const { object } = createIn(row, MINIMAL);
  object.status = { ...(object.status as object), conditions: [{ type: 'Established', status: 'True' }] };
  const patch = { spec: { scope: 'Cluster', names: { kind: 'Blouse', listKind: 'BlouseList' } } };
  assert.deepEqual(changeIn(row, object, patch).complaints, [
    'spec.scope: Invalid value: "Cluster": field is immutable',
    'spec.names.kind: Invalid value: "Blouse": field is immutable',
  ]);
});

test('CustomResourceDefinition: the status keeps the storage version', () => {
  const { object } = createIn(row, MINIMAL);
  assert.deepEqual(changeIn(row, object, { status: { storedVersions: [] } }, 'status').complaints, [
    'status.storedVersions: Invalid value: []: must have at least one stored version',
  ]);
  assert.deepEqual(changeIn(row, object, { status: { storedVersions: ['v9'] } }, 'status').complaints, [
    'status.storedVersions: Invalid value: ["v9"]: must have the storage version v1',
    'status.storedVersions[0]: Invalid value: "v9": missing from spec.versions; v9 was previously a storage version, and must ' +
      'remain in spec.versions until a storage migration ensures no data remains persisted in v9 and removes v9 from status.storedVersions',
  ]);
});

test('withValidation adds to what a row complains of, and leaves the row as it is', () => {
  const seen: unknown[] = [];
  const stricter = withValidation(row, (_object, old) => {
    seen.push(old?.metadata.name);
    return [invalid('spec.versions[0].schema', 'x', 'must be structural')];
  });
  const complaint = 'spec.versions[0].schema: Invalid value: "x": must be structural';
  assert.deepEqual(createIn(stricter, MINIMAL).complaints, [complaint]);
  assert.deepEqual(createIn(row, MINIMAL).complaints, []);
  const { object } = createIn(row, MINIMAL);
  assert.equal(stricter.strategy.validateUpdate?.(object, object, CONTEXT).length, 1);
  assert.deepEqual(seen, [undefined, 'shirts.example.com']);
});
