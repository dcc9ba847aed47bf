/** What is said of a status that no agent can rightly report. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '../pod-spec/mod.ts';
import { created, updated } from '../testing/said.ts';
import { pods } from './row.ts';
import type { Pod, PodStatus } from './types.ts';

const SPEC: PodSpec = {
  restartPolicy: 'Never',
  containers: [
    {
      name: 'a',
      image: 'busybox:1',
      resources: {
        requests: { cpu: '1', 'example.com/gpu': '1' },
        limits: { 'example.com/gpu': '1' },
        claims: [{ name: 'c', request: 'r' }],
      },
    },
  ],
  resourceClaims: [{ name: 'c', resourceClaimName: 'claim' }],
};

function said(status: PodStatus, spec: PodSpec = {}, before: PodStatus = {}): string[] {
  const metadata = { name: 'web', namespace: 'default' };
  const old: Pod = created(pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { ...SPEC, ...spec } });
  old.status = { ...old.status, ...before };
  const change = (object: object) => {
    (object as Pod).status = { ...old.status, ...status };
  };
  return updated(pods, old, change, 'status').said;
}

type Case = readonly [
  title: string,
  status: PodStatus,
  expected: readonly string[],
  spec?: PodSpec,
  before?: PodStatus,
];

const ENDED = { containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 3 } } }] };
const RUNS = { containerStatuses: [{ name: 'a', state: { running: {} } }] };
const NO_RETURN = 'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state';

function rules(operator: string, action = 'Restart'): PodSpec {
  const restartPolicyRules = [{ action, exitCodes: { operator, values: [3] } }];
  return { containers: [{ name: 'a', image: 'busybox:1', restartPolicy: 'Never', restartPolicyRules }] };
}

function devices(name: string, resources: object[] = []): PodStatus {
  return { containerStatuses: [{ name: 'a', allocatedResourcesStatus: [{ name, resources }] }] };
}

const DEVICES = 'status.containerStatuses[0].allocatedResourcesStatus';
const CLAIM = 'status.extendedResourceClaimStatus';
const MAPPING = { containerName: 'a', resourceName: 'example.com/gpu', requestName: 'r' };

const CASES: readonly Case[] = [
  [
    'a generation below 0',
    { observedGeneration: -1 },
    ['status.observedGeneration: Invalid value: -1: must be a non-negative integer'],
  ],
  [
    'a condition of a generation below 0',
    { conditions: [{ type: 'Ready', status: 'True', observedGeneration: -1 }] },
    ['status.conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer'],
  ],
  ['a node that room is made on', { nominatedNodeName: 'n' }, []],
  [
    'room for a pod that has a node',
    { nominatedNodeName: 'n' },
    ['status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node'],
    { nodeName: 'm' },
  ],
  ['a container that comes back', RUNS, [NO_RETURN], {}, ENDED],
  ['one whose rule names the code', RUNS, [], rules('In'), ENDED],
  ['one whose rule leaves the code out', RUNS, [NO_RETURN], rules('NotIn'), ENDED],
  ['one that takes all others along', RUNS, [], rules('In', 'RestartAllContainers'), ENDED],
  ['a device asked for', devices('example.com/gpu', [{ resourceID: 'x', health: 'Healthy' }]), []],
  ['a device of a claim', devices('claim:c/r'), []],
  [
    'a device nobody asked for',
    devices('example.com/fpga'),
    [`${DEVICES}[0].name: Invalid value: "example.com/fpga": must match one of the container's resource requests`],
  ],
  [
    'a device twice, of an unknown health',
    devices('example.com/gpu', [
      { resourceID: 'x', health: 'Healthy' },
      { resourceID: 'x', health: 'Fine' },
    ]),
    [
      `${DEVICES}[0].resources[1].health: Unsupported value: "Fine": supported values: "Healthy", "Unhealthy", "Unknown"`,
      `${DEVICES}[0].resources[1].resourceID: Duplicate value: "x"`,
    ],
  ],
  [
    'a user below 0',
    { containerStatuses: [{ name: 'a', user: { linux: { uid: -1, gid: 0 } } }] },
    ['status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
  ],
  [
    'a claim for what was asked for',
    { extendedResourceClaimStatus: { requestMappings: [MAPPING], resourceClaimName: 'x' } },
    [],
  ],
  [
    'a claim for nothing',
    { extendedResourceClaimStatus: { requestMappings: [], resourceClaimName: '' } },
    [
      `${CLAIM}.requestMappings: Required value: at least one request mapping is required`,
      `${CLAIM}.resourceClaimName: Required value`,
    ],
  ],
  [
    'a claim for another container',
    { extendedResourceClaimStatus: { requestMappings: [{ ...MAPPING, containerName: 'b' }], resourceClaimName: 'x' } },
    [
      `${CLAIM}.requestMappings[0].containerName: Invalid value: "b": must match the name of an entry in ` +
        'spec.initContainers.name or spec.containers.name',
    ],
  ],
];

for (const [title, status, expected, spec, before] of CASES)
  test(`a pod's status: ${title}`, () => assert.deepEqual(said(status, spec, before), expected));
