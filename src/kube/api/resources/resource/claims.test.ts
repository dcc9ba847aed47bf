/** What is said of claims for devices and of what is reported of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeIn, createIn } from '../testing/check-kind.ts';
import { resourceClaims } from './resource-claims.ts';
import type { DeviceClaim, ExactDeviceRequest, ResourceClaimStatus } from './types.ts';

const REQUEST = { name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } };

function said(devices: DeviceClaim): string[] {
  return createIn(resourceClaims, { spec: { devices: { requests: [REQUEST], ...devices } } }).complaints;
}

function saidOf(fields: ExactDeviceRequest): string[] {
  return said({ requests: [{ ...REQUEST, exactly: { ...REQUEST.exactly, ...fields } }] });
}

function many<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

const AT = 'spec.devices';
const EXACTLY = `${AT}.requests[0].exactly`;
const OPAQUE = { driver: 'gpu.example.com', parameters: {} };
const NO_REFERENCE =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

type Case = readonly [title: string, said: readonly string[], expected: readonly string[]];

const CASES: readonly Case[] = [
  [
    'too many requests, of which nothing else is said',
    said({ requests: many(33, () => ({})) }),
    [`${AT}.requests: Too many: 33: must have at most 32 items`],
  ],
  [
    'too many settings',
    said({ config: many(33, () => ({ opaque: OPAQUE })) }),
    [`${AT}.config: Too many: 33: must have at most 32 items`],
  ],
  [
    'large settings',
    said({ config: [{ opaque: { ...OPAQUE, parameters: { a: 'x'.repeat(10 * 1024) } } }] }),
    [`${AT}.config[0].opaque.parameters: Too long: may not be more than 10240 bytes`],
  ],
  ['devices alike in something', said({ constraints: [{ matchAttribute: 'example.com/numa' }] }), []],
  [
    'devices alike in nothing',
    said({ constraints: [{}] }),
    [
      `${AT}.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but ` +
        'multiple fields are set',
    ],
  ],
  [
    'an attribute of nobody',
    said({ constraints: [{ distinctAttribute: 'numa' }] }),
    [
      `${AT}.constraints[0].distinctAttribute: Invalid value: "numa": a fully qualified name must be a domain and a name ` +
        'separated by a slash',
    ],
  ],
  [
    'an attribute without a name',
    said({ constraints: [{ matchAttribute: 'example.com/' }] }),
    [`${AT}.constraints[0].matchAttribute: Invalid value: "": the name must not be empty`],
  ],
  [
    'a request twice, and one too deep',
    said({ constraints: [{ requests: ['gpu', 'gpu', 'a/b/c'], matchAttribute: 'example.com/numa' }] }),
    [
      `${AT}.constraints[0].requests[2]: Invalid value: "a/b/c": ${NO_REFERENCE}`,
      `${AT}.constraints[0].requests[1]: Duplicate value: "gpu"`,
    ],
  ],
  ['a toleration of all', saidOf({ tolerations: [{ operator: 'Exists' }] }), []],
  [
    'tolerations of a value that may be any, of unknown effects and ways',
    saidOf({ tolerations: [{ key: 'a', operator: 'Exists', value: 'b' }, { effect: 'Never' }, { operator: 'Like' }] }),
    [
      `${EXACTLY}.tolerations[0].value: Invalid value: "b": must be empty for operator \`Exists\``,
      `${EXACTLY}.tolerations[1].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "None"`,
      `${EXACTLY}.tolerations[2].operator: Unsupported value: "Like": supported values: "Equal", "Exists"`,
    ],
  ],
  [
    'an endless expression',
    saidOf({ selectors: [{ cel: { expression: 'x'.repeat(10 * 1024 + 1) } }] }),
    [`${EXACTLY}.selectors[0].cel.expression: Too long: may not be more than 10240 bytes`],
  ],
];

for (const [title, complaints, expected] of CASES)
  test(`a claim for devices: ${title}`, () => assert.deepEqual(complaints, expected));

const RESULT = { request: 'gpu', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' };
const { request: _, ...DEVICE } = RESULT;
const RESULTS = 'status.allocation.devices.results[0]';
const CONSUMER = { resource: 'pods', name: 'web', uid: '1' };

function saidOfStatus(status: ResourceClaimStatus, before?: ResourceClaimStatus, isDying = false): string[] {
  const { object } = createIn(resourceClaims, { spec: { devices: { requests: [REQUEST] } } });
  const metadata = isDying ? { ...object.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } : object.metadata;
  return changeIn(resourceClaims, { ...object, metadata, status: before ?? {} }, { status }, 'status').complaints;
}

function allocated(fields: object = {}): ResourceClaimStatus {
  return { allocation: { devices: { results: [{ ...RESULT, ...fields }] } } };
}

const STATUS_CASES: readonly Case[] = [
  ['a device', saidOfStatus(allocated()), []],
  [
    'a device for nothing that was asked for',
    saidOfStatus(allocated({ request: 'cpu' })),
    [`${RESULTS}.request: Invalid value: "cpu": ${NO_REFERENCE}`],
  ],
  [
    'a share of no sound name',
    saidOfStatus(allocated({ shareID: 'a' })),
    [`${RESULTS}.shareID: Invalid value: "a": error validating uid: invalid UUID length: 1`],
  ],
  [
    'good conditions without bad ones',
    saidOfStatus(allocated({ bindingConditions: ['example.com/Ready'] })),
    [
      `${RESULTS}.bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions`,
    ],
  ],
  [
    'one condition that is good and bad',
    saidOfStatus(allocated({ bindingConditions: ['a'], bindingFailureConditions: ['a'] })),
    [
      `${RESULTS}.bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions`,
    ],
  ],
  [
    'settings from nowhere',
    saidOfStatus({ allocation: { devices: { config: [{ opaque: OPAQUE }] } } }),
    ['status.allocation.devices.config[0].source: Required value'],
  ],
  [
    'a consumer twice',
    saidOfStatus({ ...allocated(), reservedFor: [CONSUMER, CONSUMER] }),
    ['status.reservedFor[1]: Duplicate value: "1"'],
  ],
  [
    'a new consumer of what is given back',
    saidOfStatus({ ...allocated(), reservedFor: [CONSUMER] }, allocated(), true),
    [
      'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
    ],
  ],
  [
    'news of a device and its network',
    saidOfStatus({ ...allocated(), devices: [{ ...DEVICE, networkData: { ips: ['10.9.8.7/24', '2001:db8::1/64'] } }] }),
    [],
  ],
  [
    'news of another device, whose address is no address',
    saidOfStatus({
      ...allocated(),
      devices: [{ ...DEVICE, device: 'gpu-1', networkData: { ips: ['10.9.8.7', '2001:DB8::1/64'] } }],
    }),
    [
      'status.devices[0]: Invalid value: "gpu.example.com/node-1/gpu-1": must be an allocated device in the claim',
      'status.devices[0].networkData.ips[0]: Invalid value: "10.9.8.7": must be a valid address in CIDR form, (e.g. ' +
        '10.9.8.7/24 or 2001:db8::1/64)',
      'status.devices[0].networkData.ips[1]: Invalid value: "2001:DB8::1/64": must be in canonical form ("2001:db8::1/64")',
    ],
  ],
];

for (const [title, complaints, expected] of STATUS_CASES)
  test(`a claim's status: ${title}`, () => assert.deepEqual(complaints, expected));

test("a claim's status loses what is said of devices that the claim loses", () => {
  const id = (device: string) => ({ driver: 'gpu.example.com', pool: 'node-1', device });
  const results = ['gpu-0', 'gpu-1'].map((device) => ({ ...id(device), request: 'r' }));
  const before = { allocation: { devices: { results } }, devices: [id('gpu-0'), id('gpu-1')] };
  const { object } = createIn(resourceClaims, { spec: {} });
  const change = (status: object) =>
    changeIn(resourceClaims, { ...object, status: structuredClone(before) }, { status }, 'status').object.status;
  const one = change({ allocation: { devices: { results: results.slice(1) } } }) as ResourceClaimStatus;
  assert.deepEqual(one.devices, [id('gpu-1')]);
  assert.deepEqual(change({ allocation: null }), {});
});
