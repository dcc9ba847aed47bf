import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '../pod-spec/mod.ts';
import { podColumns, podSelectableFields } from './columns.ts';
import { summarize } from './summary.ts';
import type { ContainerStatus, Pod, PodStatus } from './types.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function pod(status: PodStatus, spec: PodSpec = {}, metadata: Pod['metadata'] = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: { containers: [{ name: 'a' }, { name: 'b' }], ...spec },
    status,
  };
}

const running = (extra: ContainerStatus = {}): ContainerStatus => ({ ready: true, state: { running: {} }, ...extra });
const waiting = (reason: string): ContainerStatus => ({ state: { waiting: { reason } } });
const ended = (end: NonNullable<NonNullable<ContainerStatus['state']>['terminated']>): ContainerStatus => ({
  state: { terminated: end },
});
const READY = { type: 'Ready', status: 'True' };
const INIT: PodSpec = { initContainers: [{ name: 'i' }, { name: 'j' }] };
const SIDECAR: PodSpec = { initContainers: [{ name: 's', restartPolicy: 'Always' }, { name: 'j' }] };

type Case = readonly [title: string, pod: Pod, expected: readonly [ready: string, status: string, restarts: string]];

const CASES: readonly Case[] = [
  ['a new pod', pod({ phase: 'Pending' }), ['0/2', 'Pending', '0']],
  ['a pod that runs', pod({ phase: 'Running', containerStatuses: [running(), running()] }), ['2/2', 'Running', '0']],
  [
    'a pod whose container waits',
    pod({ phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff'), running()] }),
    ['1/2', 'ImagePullBackOff', '0'],
  ],
  [
    'a pod whose first container has the word',
    pod({ phase: 'Running', containerStatuses: [waiting('CrashLoopBackOff'), waiting('ErrImagePull')] }),
    ['0/2', 'CrashLoopBackOff', '0'],
  ],
  [
    'restarts, and when the last one was',
    pod({
      phase: 'Running',
      containerStatuses: [
        running({ restartCount: 2, lastState: { terminated: { finishedAt: '2026-01-01T00:30:00Z' } } }),
        running({ restartCount: 1, lastState: { terminated: { finishedAt: '2026-01-01T00:55:00Z' } } }),
      ],
    }),
    ['2/2', 'Running', '3 (5m ago)'],
  ],
  [
    'a container that ended without a reason',
    pod({ phase: 'Failed', containerStatuses: [ended({ exitCode: 2 }), running()] }),
    ['1/2', 'ExitCode:2', '0'],
  ],
  [
    'a container that was killed',
    pod({ phase: 'Failed', containerStatuses: [ended({ exitCode: 137, signal: 9 })] }),
    ['0/2', 'Signal:9', '0'],
  ],
  [
    'one that is done and one that runs on',
    pod({ phase: 'Running', conditions: [READY], containerStatuses: [ended({ reason: 'Completed' }), running()] }),
    ['1/2', 'Running', '0'],
  ],
  [
    'one that is done and one that runs on, not ready',
    pod({ phase: 'Running', containerStatuses: [ended({ reason: 'Completed' }), running()] }),
    ['1/2', 'NotReady', '0'],
  ],
  [
    'a pod that is done',
    pod({ phase: 'Succeeded', containerStatuses: [ended({ reason: 'Completed' }), ended({ reason: 'Completed' })] }),
    ['0/2', 'Completed', '0'],
  ],
  ['a pod that was evicted', pod({ phase: 'Failed', reason: 'Evicted' }), ['0/2', 'Evicted', '0']],
  [
    'a pod behind gates',
    pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }),
    ['0/2', 'SchedulingGated', '0'],
  ],
  [
    'the first init container at work',
    pod(
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }, waiting('PodInitializing')] },
      INIT,
    ),
    ['0/2', 'Init:0/2', '0'],
  ],
  [
    'the second init container at work',
    pod(
      { phase: 'Pending', initContainerStatuses: [ended({ exitCode: 0 }), { name: 'j', state: { running: {} } }] },
      INIT,
    ),
    ['0/2', 'Init:1/2', '0'],
  ],
  [
    'an init container that fails',
    pod({ phase: 'Pending', initContainerStatuses: [{ name: 'i', restartCount: 4, ...ended({ exitCode: 1 }) }] }, INIT),
    ['0/2', 'Init:ExitCode:1', '4'],
  ],
  [
    'an init container that fails with a reason',
    pod({ phase: 'Pending', initContainerStatuses: [ended({ exitCode: 1, reason: 'Error' })] }, INIT),
    ['0/2', 'Init:Error', '0'],
  ],
  [
    'an init container that crashes again and again',
    pod({ phase: 'Pending', initContainerStatuses: [waiting('CrashLoopBackOff')] }, INIT),
    ['0/2', 'Init:CrashLoopBackOff', '0'],
  ],
  [
    'a sidecar that has started counts as a container',
    pod(
      {
        phase: 'Running',
        initContainerStatuses: [
          { name: 's', started: true, ready: true, restartCount: 2, state: { running: {} } },
          { name: 'j', restartCount: 7, ...ended({ exitCode: 0 }) },
        ],
        containerStatuses: [running(), running({ restartCount: 1 })],
      },
      SIDECAR,
    ),
    ['3/3', 'Running', '3'],
  ],
  [
    'a sidecar that has not started yet',
    pod({ phase: 'Pending', initContainerStatuses: [{ name: 's', state: { running: {} } }] }, SIDECAR),
    ['0/3', 'Init:0/2', '0'],
  ],
  [
    'a pod that is being deleted',
    pod(
      { phase: 'Running', containerStatuses: [running(), running()] },
      {},
      { deletionTimestamp: '2026-01-01T00:59:00Z' },
    ),
    ['2/2', 'Terminating', '0'],
  ],
  [
    'a pod on a node that is lost',
    pod({ phase: 'Running', reason: 'NodeLost' }, {}, { deletionTimestamp: '2026-01-01T00:59:00Z' }),
    ['0/2', 'Unknown', '0'],
  ],
  [
    'a pod that ended and is being deleted',
    pod({ phase: 'Failed' }, {}, { deletionTimestamp: '2026-01-01T00:59:00Z' }),
    ['0/2', 'Failed', '0'],
  ],
];

for (const [title, object, expected] of CASES) {
  test(`summarize on ${title}`, () => {
    const { ready, status, restarts } = summarize(object, NOW);
    assert.deepEqual([ready, status, restarts], expected);
  });
}

test('podColumns prints what kubectl does, with none where there is nothing', () => {
  const cells = (object: Pod) => podColumns.map((column) => column.cell(object, NOW));
  assert.deepEqual(
    podColumns.map(({ name, priority }) => `${name} ${priority}`),
    ['Ready 0', 'Status 0', 'Restarts 0', 'Age 0', 'IP 1', 'Node 1', 'Nominated Node 1', 'Readiness Gates 1'],
  );
  assert.deepEqual(cells(pod({ phase: 'Pending' })), [
    '0/2',
    'Pending',
    '0',
    '60m',
    '<none>',
    '<none>',
    '<none>',
    '<none>',
  ]);
  const placed = pod(
    {
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      nominatedNodeName: 'n2',
      conditions: [{ type: 'a/b', status: 'True' }],
    },
    { nodeName: 'n1', readinessGates: [{ conditionType: 'a/b' }, { conditionType: 'c/d' }] },
  );
  assert.deepEqual(cells(placed), ['0/2', 'Running', '0', '60m', '10.0.0.1', 'n1', 'n2', '1/2']);
});

test('podColumns does not take one pod for another', () => {
  const [first, second] = [pod({ phase: 'Pending' }), pod({ phase: 'Running' })];
  const status = podColumns[1];
  assert.ok(status !== undefined);
  assert.deepEqual(
    [first, second, first].map((object) => status.cell(object, NOW)),
    ['Pending', 'Running', 'Pending'],
  );
});

test('podSelectableFields gives texts, and nothing for what is absent', () => {
  const object = pod(
    { phase: 'Running', podIPs: [{ ip: '1.1.1.1' }, { ip: '::1' }] },
    { nodeName: 'n', hostNetwork: true },
  );
  const values = Object.entries(podSelectableFields).map(([field, of]) => `${field}=${of(object)}`);
  assert.deepEqual(values, [
    'spec.nodeName=n',
    'spec.restartPolicy=',
    'spec.schedulerName=',
    'spec.serviceAccountName=',
    'spec.hostNetwork=true',
    'status.phase=Running',
    'status.podIP=1.1.1.1',
    'status.podIPs=1.1.1.1,::1',
    'status.nominatedNodeName=',
  ]);
});
