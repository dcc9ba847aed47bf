/** What is said of the devices that drivers offer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIn } from '../testing/check-kind.ts';
import { resourceSlices } from './resource-slices.ts';
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, Device, ResourceSliceSpec } from './types.ts';

function said(fields: ResourceSliceSpec): string[] {
  const pool = { name: 'n1', generation: 1, resourceSliceCount: 1 };
  const { nodeName = 'n1' } = fields;
  const place = fields.nodeSelector === undefined && fields.perDeviceNodeSelection === undefined ? { nodeName } : {};
  return createIn(resourceSlices, { spec: { driver: 'gpu.example.com', ...place, pool, ...fields } }).complaints;
}

function saidOf(fields: Device, slice: ResourceSliceSpec = {}): string[] {
  return said({ ...slice, devices: [{ name: 'gpu-0', ...fields }] });
}

function saidOfPolicy(requestPolicy: CapacityRequestPolicy): string[] {
  return saidOf({ allowMultipleAllocations: true, capacity: { memory: { value: '10Gi', requestPolicy } } });
}

function saidOfRange(usual: string, validRange: CapacityRequestPolicyRange): string[] {
  return saidOfPolicy({ default: usual, validRange });
}

const DEVICE = 'spec.devices[0]';
const POLICY = `${DEVICE}.capacity[memory].requestPolicy`;
const WHEN = 'is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';

type Case = readonly [title: string, said: readonly string[], expected: readonly string[]];

const CASES: readonly Case[] = [
  [
    'nowhere on purpose',
    said({ nodeName: '' }),
    [
      'spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      'spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required',
    ],
  ],
  [
    'in two places by one selector',
    said({
      nodeSelector: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
          { matchExpressions: [{ key: 'b', operator: 'Exists' }] },
        ],
      },
    }),
    [
      'spec.nodeSelector.nodeSelectorTerms: Invalid value: [{"matchExpressions":[{"key":"a","operator":"Exists"}]},' +
        '{"matchExpressions":[{"key":"b","operator":"Exists"}]}]: must have exactly one node selector term',
    ],
  ],
  [
    'counters and devices',
    said({ devices: [], sharedCounters: [{ name: 'all', counters: { memory: { value: '1Gi' } } }] }),
    ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
  ],
  [
    'counters of nothing',
    said({ sharedCounters: [{ name: 'all' }] }),
    ['spec.sharedCounters[0].counters: Required value'],
  ],
  [
    'too many devices with taints',
    said({
      devices: Array.from({ length: 65 }, (_, i) => ({ name: `d${i}`, taints: [{ key: 'a', effect: 'None' }] })),
    }),
    ['spec.devices: Too many: 65: must have at most 64 items'],
  ],
  ['each of its own place', saidOf({ allNodes: true }, { perDeviceNodeSelection: true }), []],
  [
    'each of its own place, and this of none',
    saidOf({}, { perDeviceNodeSelection: true }),
    [`${DEVICE}: Required value: exactly one of \`nodeName\`, \`nodeSelector\`, or \`allNodes\` ${WHEN}`],
  ],
  [
    'a place of its own that is not asked for',
    saidOf({ allNodes: true }),
    [
      `${DEVICE}: Invalid value: null: \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if ` +
        '`perDeviceNodeSelection` is set to true in the ResourceSlice spec',
    ],
  ],
  [
    'a name of an attribute that is no identifier',
    saidOf({ attributes: { 'example.com/a-b': { bool: true } } }),
    [
      `${DEVICE}.attributes: Invalid value: "a-b": a valid C identifier must start with alphabetic character or '_', ` +
        "followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used " +
        "for validation is '[A-Za-z_][A-Za-z0-9_]*')",
    ],
  ],
  [
    'a version that is none',
    saidOf({ attributes: { model: { version: '1.2' } } }),
    [
      `${DEVICE}.attributes[model].version: Invalid value: "1.2": must be a string compatible with semver.org spec 2.0.0`,
    ],
  ],
  ['a version before the first', saidOf({ attributes: { model: { version: '1.0.0-rc.1+linux' } } }), []],
  [
    'a long word',
    saidOf({ attributes: { model: { string: 'x'.repeat(65) } } }),
    [`${DEVICE}.attributes[model].string: Too long: may not be more than 64 bytes`],
  ],
  [
    'a taint of no key',
    saidOf({ taints: [{ effect: 'NoExecute' }] }).map((text) => text.slice(0, 60)),
    [
      `${DEVICE}.taints[0].key: Invalid value: "": name part must be non-empty`,
      `${DEVICE}.taints[0].key: Invalid value: "": name part must consist of`,
    ].map((text) => text.slice(0, 60)),
  ],
  [
    'a share of what is not shared',
    saidOf({ capacity: { memory: { value: '1Gi', requestPolicy: {} } } }),
    [`${POLICY}: Forbidden: allowMultipleAllocations must be true`],
  ],
  ['shares of certain sizes', saidOfPolicy({ default: '1Gi', validValues: ['1Gi', '2Gi'] }), []],
  [
    'shares of certain sizes, one too large, none usual',
    saidOfPolicy({ default: '3Gi', validValues: ['2Gi', '1Gi', '20Gi'] }),
    [
      `${POLICY}.validValues[1]: Invalid value: "1Gi": values must be sorted in ascending order`,
      `${POLICY}.validValues[2]: Invalid value: "20Gi": option is larger than capacity value: 10Gi`,
      `${POLICY}.validValues: Invalid value: "3Gi": default value is not valid according to the requestPolicy`,
    ],
  ],
  ['shares in steps', saidOfRange('1Gi', { min: '1Gi', max: '5Gi', step: '2Gi' }), []],
  [
    'shares in steps that lead nowhere',
    saidOfRange('2Gi', { min: '1Gi', max: '6Gi', step: '2Gi' }),
    [
      `${POLICY}.validRange.step: Invalid value: "2Gi": value is not a multiple of a given step (2Gi) from (1Gi)`,
      `${POLICY}.validRange.step: Invalid value: "6Gi": value is not a multiple of a given step (2Gi) from (1Gi)`,
    ],
  ],
  [
    'shares beyond all there is',
    saidOfRange('1Gi', { min: '2Gi', max: '20Gi' }),
    [
      `${POLICY}.validRange.min: Invalid value: "1Gi": default is less than min: 2Gi`,
      `${POLICY}.validRange.max: Invalid value: "20Gi": max is larger than capacity value: 10Gi`,
    ],
  ],
  [
    'two ways to share',
    saidOfPolicy({ default: '1Gi', validValues: ['1Gi'], validRange: { min: '1Gi' } }),
    [
      `${POLICY}: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time`,
    ],
  ],
];

for (const [title, complaints, expected] of CASES)
  test(`a slice of devices: ${title}`, () => assert.deepEqual(complaints, expected));
