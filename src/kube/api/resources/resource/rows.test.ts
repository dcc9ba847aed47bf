import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../object.ts';
import { changeIn, checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { deviceClasses } from './device-classes.ts';
import { resourceClaims, resourceClaimTemplates } from './resource-claims.ts';
import { resourceSlices } from './resource-slices.ts';

const REQUEST = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } };
const CLAIM = { devices: { requests: [REQUEST] } };
const AT = 'spec.devices.requests[0]';
const NO_NAME =
  'Invalid value: "": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \'-\', and must ' +
  "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

checkKind(resourceClaims, {
  minimal: { spec: CLAIM },
  created: { spec: { devices: { requests: [{ exactly: { allocationMode: 'ExactCount', count: 1 } }] } }, status: {} },
  invalid: [
    [
      'a request for nothing',
      { spec: { devices: { requests: [{ name: 'gpu' }] } } },
      `${AT}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`,
    ],
    [
      'a request without a name or class',
      { spec: { devices: { requests: [{ exactly: {} }] } } },
      `${AT}.name: ${NO_NAME}`,
      `${AT}.exactly.deviceClassName: Required value`,
    ],
    [
      'a number of all',
      {
        spec: {
          devices: { requests: [{ ...REQUEST, exactly: { ...REQUEST.exactly, allocationMode: 'All', count: 2 } }] },
        },
      },
      `${AT}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`,
    ],
    [
      'fewer than one',
      { spec: { devices: { requests: [{ ...REQUEST, exactly: { ...REQUEST.exactly, count: -1 } }] } } },
      `${AT}.exactly.count: Invalid value: -1: must be greater than zero`,
    ],
    [
      'requests of one name',
      { spec: { devices: { requests: [REQUEST, REQUEST] } } },
      'spec.devices.requests[1]: Duplicate value: "gpu"',
    ],
    [
      'settings for nobody',
      { spec: { devices: { config: [{ requests: ['cpu'] }] } } },
      'spec.devices.config[0].requests[0]: Invalid value: "cpu": must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'',
      'spec.devices.config[0].opaque: Required value',
    ],
  ],
  refused: [
    [
      'other devices',
      { spec: { devices: { requests: [] } } },
      'spec: Invalid value: {"devices":{"requests":[]}}: field is immutable',
    ],
  ],
});

test('ResourceClaim: the status says who has what', () => {
  const { object } = createIn(resourceClaims, { spec: CLAIM });
  const state = () => resourceClaims.versions[0]?.columns?.[0]?.cell(object, NOW_MS);
  assert.equal(state(), 'pending');
  const consumer = { resource: 'pods', name: 'web', uid: '1' };
  assert.deepEqual(changeIn(resourceClaims, object, { status: { reservedFor: [consumer] } }, 'status').complaints, [
    'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
  ]);
  const allocated = { status: { allocation: { devices: {} }, reservedFor: [consumer] } };
  const { object: reserved, complaints } = changeIn(resourceClaims, structuredClone(object), allocated, 'status');
  assert.deepEqual(complaints, []);
  const shown = (claim: KubeObject) => resourceClaims.versions[0]?.columns?.[0]?.cell(claim, NOW_MS);
  assert.equal(shown(reserved), 'allocated,reserved');
  const dying = { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  assert.equal(shown({ ...object, metadata: dying }), 'deleted');
  assert.equal(shown({ ...reserved, metadata: dying }), 'deleted,allocated,reserved');
  assert.deepEqual(
    changeIn(resourceClaims, reserved, { status: { allocation: { nodeSelector: { a: 1 } } } }, 'status').complaints,
    ['status.allocation: Invalid value: {"devices":{},"nodeSelector":{"a":1}}: field is immutable'],
  );
});

checkKind(resourceClaimTemplates, {
  minimal: { spec: { spec: CLAIM } },
  created: { spec: { spec: { devices: { requests: [{ exactly: { allocationMode: 'ExactCount', count: 1 } }] } } } },
  invalid: [
    [
      'an unknown mode',
      {
        spec: {
          spec: { devices: { requests: [{ ...REQUEST, exactly: { deviceClassName: 'a', allocationMode: 'Most' } }] } },
        },
      },
      'spec.spec.devices.requests[0].exactly.allocationMode: Unsupported value: "Most": supported values: "All", "ExactCount"',
    ],
    [
      'two ways of asking at once',
      {
        spec: {
          spec: { devices: { requests: [{ ...REQUEST, firstAvailable: [{ name: 'a', deviceClassName: 'b' }] }] } },
        },
      },
      'spec.spec.devices.requests[0]: Invalid value: null: exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set',
    ],
    [
      'a choice without a name',
      { spec: { spec: { devices: { requests: [{ name: 'x', firstAvailable: [{ deviceClassName: 'b' }] }] } } } },
      `spec.spec.devices.requests[0].firstAvailable[0].name: ${NO_NAME}`,
    ],
  ],
  refused: [
    [
      'other devices',
      { spec: { spec: { devices: { requests: [] } } } },
      'spec: Invalid value: {"spec":{"devices":{"requests":[]}}}: field is immutable',
    ],
  ],
});

checkKind(deviceClasses, {
  minimal: { spec: { selectors: [{ cel: { expression: 'true' } }] } },
  invalid: [
    ['a selector of nothing', { spec: { selectors: [{}] } }, 'spec.selectors[0].cel: Required value'],
    [
      'a blank expression',
      { spec: { selectors: [{ cel: { expression: ' ' } }] } },
      'spec.selectors[0].cel.expression: Required value',
    ],
    [
      'settings that are no object',
      { spec: { config: [{ opaque: { driver: 'gpu', parameters: [] } }] } },
      'spec.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
  ],
});

checkKind(resourceSlices, {
  minimal: {
    spec: {
      driver: 'gpu.example.com',
      nodeName: 'n1',
      pool: { name: 'n1', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'gpu-0', taints: [{ key: 'a', effect: 'NoSchedule' }] }],
    },
  },
  created: { spec: { devices: [{ taints: [{ timeAdded: '2026-01-02T03:04:05Z' }] }] } },
  invalid: [
    [
      'no place',
      { spec: { nodeName: null } },
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
    [
      'two places',
      { spec: { allNodes: true } },
      'spec: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required, but multiple fields are set',
    ],
    [
      'no pool',
      { spec: { pool: null } },
      'spec.pool.name: Required value',
      'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
    ],
    [
      'devices of one name, and without one',
      { spec: { devices: [{ name: 'a' }, { name: 'a' }, {}] } },
      `spec.devices[2].name: ${NO_NAME}`,
      'spec.devices[1]: Duplicate value: "a"',
    ],
    [
      'an attribute of two values, and of none',
      { spec: { devices: [{ name: 'a', attributes: { x: { int: 1, bool: true }, y: {} } }] } },
      'spec.devices[0].attributes[x]: Invalid value: {"int":1,"bool":true}: exactly one value must be specified',
      'spec.devices[0].attributes[y]: Invalid value: "": exactly one value must be specified',
    ],
  ],
  refused: [
    ['another driver', { spec: { driver: 'other' } }, 'spec.driver: Invalid value: "other": field is immutable'],
    ['another node', { spec: { nodeName: 'n2' } }, 'spec.nodeName: Invalid value: "n2": field is immutable'],
  ],
});
