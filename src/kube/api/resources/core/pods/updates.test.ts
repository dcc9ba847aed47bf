/** Long on purpose: one table of what may change of a pod, through each of its paths. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../object.ts';
import type { PodSpec } from '../pod-spec/mod.ts';
import { created, saidOnCreate, updated } from '../testing/said.ts';
import { pods } from './row.ts';
import type { Pod } from './types.ts';

function pod(spec: PodSpec = {}): { metadata: Pod['metadata']; spec: PodSpec; apiVersion: string; kind: string } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      containers: [{ name: 'a', image: 'busybox:1', resources: { requests: { cpu: '1', memory: '1Gi' } } }],
      ...spec,
    },
  };
}

/** What is said of a change, its fields' differences left out. */
function saidOfChange(change: (pod: Pod) => void, spec: PodSpec = {}, subresource?: string): string[] {
  const old = created(pods, pod(spec));
  return updated(pods, old, (object) => change(object as Pod), subresource).said.map(
    (text) => text.split('\n')[0] ?? '',
  );
}

const ONLY =
  'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

type Case = readonly [title: string, change: (pod: Pod) => void, expected: readonly string[], spec?: PodSpec];

const TOLERATION = { key: 'a', operator: 'Exists', effect: 'NoExecute' };
const GATED: PodSpec = {
  schedulingGates: [{ name: 'a/b' }, { name: 'a/c' }],
  nodeSelector: { disk: 'ssd' },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'x', operator: 'Exists' }] }],
      },
    },
  },
};

const first = ({ spec }: Pod) => spec.containers?.[0] ?? {};
const terms = ({ spec }: Pod) =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];

const CASES: readonly Case[] = [
  ['nothing', () => {}, []],
  [
    'labels',
    ({ metadata }) => {
      metadata.labels = { a: 'b' };
    },
    [],
  ],
  [
    'an image',
    (object) => {
      first(object).image = 'busybox:2';
    },
    [],
  ],
  [
    'an image to none',
    (object) => {
      first(object).image = '';
    },
    ['spec.containers[0].image: Required value'],
  ],
  [
    'a command',
    (object) => {
      first(object).command = ['x'];
    },
    [ONLY],
  ],
  [
    'resources',
    (object) => {
      first(object).resources = { requests: { cpu: '2' } };
    },
    [ONLY],
  ],
  [
    'the node',
    ({ spec }) => {
      spec.nodeName = 'n';
    },
    [ONLY],
  ],
  [
    'an absent host network to false',
    ({ spec }) => {
      spec.hostNetwork = false;
    },
    [],
  ],
  [
    'the number of containers',
    ({ spec }) => {
      spec.containers?.push({ name: 'b', image: 'c' });
    },
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  ],
  [
    'a deadline that comes',
    ({ spec }) => {
      spec.activeDeadlineSeconds = 10;
    },
    [],
  ],
  [
    'a deadline that comes nearer',
    ({ spec }) => {
      spec.activeDeadlineSeconds = 5;
    },
    [],
    { activeDeadlineSeconds: 10 },
  ],
  [
    'a deadline that goes further',
    ({ spec }) => {
      spec.activeDeadlineSeconds = 11;
    },
    ['spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value'],
    { activeDeadlineSeconds: 10 },
  ],
  [
    'a deadline that goes',
    ({ spec }) => {
      delete spec.activeDeadlineSeconds;
    },
    ['spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value'],
    { activeDeadlineSeconds: 10 },
  ],
  [
    'a toleration more',
    ({ spec }) => {
      spec.tolerations?.push({ operator: 'Exists' });
    },
    [],
    { tolerations: [TOLERATION] },
  ],
  [
    'how long a taint is tolerated',
    ({ spec }) => {
      spec.tolerations = [{ ...TOLERATION, tolerationSeconds: 5 }];
    },
    [],
    { tolerations: [TOLERATION] },
  ],
  [
    'a toleration less',
    ({ spec }) => {
      spec.tolerations = [];
    },
    ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    { tolerations: [TOLERATION] },
  ],
  [
    'a negative grace period to 1',
    ({ spec }) => {
      spec.terminationGracePeriodSeconds = 1;
    },
    [],
    { terminationGracePeriodSeconds: -1 },
  ],
  [
    'a gate less',
    ({ spec }) => {
      spec.schedulingGates = [{ name: 'a/c' }];
    },
    [],
    GATED,
  ],
  [
    'another gate',
    ({ spec }) => {
      spec.schedulingGates = [{ name: 'a/d' }];
    },
    ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a/d'"],
    GATED,
  ],
  [
    'a narrower node selector behind gates',
    ({ spec }) => {
      spec.nodeSelector = { disk: 'ssd', zone: 'a' };
    },
    [],
    GATED,
  ],
  [
    'a wider node selector behind gates',
    ({ spec }) => {
      spec.nodeSelector = { zone: 'a' };
    },
    [
      'spec.nodeSelector: Invalid value: {"zone":"a"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
    GATED,
  ],
  [
    'a node selector without gates',
    ({ spec }) => {
      spec.nodeSelector = { zone: 'a' };
    },
    [ONLY],
  ],
  [
    'a narrower affinity behind gates',
    (object) => {
      terms(object)[0]?.matchExpressions?.push({ key: 'y', operator: 'Exists' });
    },
    [],
    GATED,
  ],
  [
    'a wider affinity behind gates',
    (object) => {
      terms(object).push({ matchExpressions: [{ key: 'y', operator: 'Exists' }] });
    },
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Invalid value: ' +
        '[{"matchExpressions":[{"key":"x","operator":"Exists"}]},{"matchExpressions":[{"key":"y","operator":"Exists"}]}]: ' +
        'no additions/deletions to non-empty NodeSelectorTerms list are allowed',
    ],
    GATED,
  ],
  [
    'the mirror annotation',
    ({ metadata }) => {
      metadata.annotations = { 'kubernetes.io/config.mirror': 'x' };
    },
    [
      'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
      'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation',
    ],
  ],
];

for (const [title, change, expected, spec] of CASES) {
  test(`updating a pod may or may not change ${title}`, () => {
    assert.deepEqual(saidOfChange(change, spec), expected);
  });
}

test('updating a pod leaves its status alone', () => {
  const old = created(pods, pod());
  const { object } = updated(pods, old, (changed) => {
    changed.status = { phase: 'Running' };
  });
  assert.deepEqual(object.status, old.status);
});

test('updating a pod says which fields differ', () => {
  const old = created(pods, pod());
  const { said } = updated(pods, old, (object) => {
    (object as Pod).spec.hostname = 'x';
  });
  assert.match(said[0] ?? '', /\n- hostname: null\n\+ hostname: "x"\n$/);
});

test('creating a pod refuses ephemeral containers, and a node behind gates', () => {
  assert.deepEqual(saidOnCreate(pods, pod({ ephemeralContainers: [{ name: 'd', image: 'x' }] })), [
    'spec.ephemeralContainers: Forbidden: cannot be set on create',
  ]);
  assert.deepEqual(saidOnCreate(pods, pod({ nodeName: 'n', schedulingGates: [{ name: 'a/b' }] })), [
    'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
  ]);
});

test('creating a pod refuses a token for nobody', () => {
  const volumes = [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }];
  assert.deepEqual(saidOnCreate(pods, pod({ volumes })), [
    'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
  ]);
  assert.deepEqual(saidOnCreate(pods, pod({ volumes, serviceAccountName: 'x' })), []);
});

test('ephemeralcontainers adds containers, and changes nothing else', () => {
  const old = created(pods, pod());
  const add = (object: KubeObject) => {
    const { spec, metadata } = object as Pod;
    spec.ephemeralContainers = [{ name: 'debug', image: 'busybox', targetContainerName: 'a' }];
    spec.hostname = 'sneaky';
    metadata.labels = { sneaky: 'too' };
  };
  const { object, said } = updated(pods, old, add, 'ephemeralcontainers');
  assert.deepEqual(said, []);
  assert.equal((object as Pod).spec.hostname, undefined);
  assert.equal(object.metadata.labels, undefined);
  assert.equal((object as Pod).spec.ephemeralContainers?.[0]?.name, 'debug');
  const change = updated(
    pods,
    object,
    (again) => {
      const container = (again as Pod).spec.ephemeralContainers?.[0];
      if (container !== undefined) container.command = ['x'];
    },
    'ephemeralcontainers',
  );
  assert.deepEqual(change.said, [
    'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed\n',
  ]);
  const removal = updated(
    pods,
    object,
    (again) => {
      (again as Pod).spec.ephemeralContainers = [];
    },
    'ephemeralcontainers',
  );
  assert.deepEqual(removal.said, [
    'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed\n',
  ]);
});

test('status changes the status and neither the spec nor the owners', () => {
  const old = created(pods, pod());
  const { object, said } = updated(
    pods,
    old,
    (changed) => {
      changed.status = { phase: 'Running', podIP: '10.0.0.1' };
      (changed as Pod).spec.nodeName = 'sneaky';
      changed.metadata.ownerReferences = [];
    },
    'status',
  );
  assert.deepEqual(said, []);
  assert.deepEqual((object as Pod).spec, old.spec);
  assert.deepEqual((object as Pod).status, {
    phase: 'Running',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    qosClass: 'Burstable',
  });
});

test('status refuses what an agent can not rightly report', () => {
  const old = created(pods, pod({ restartPolicy: 'Never' }));
  old.status = {
    phase: 'Running',
    qosClass: 'Burstable',
    containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 1 } } }],
  };
  const { said } = updated(
    pods,
    old,
    (object) => {
      object.status = {
        qosClass: 'Guaranteed',
        nominatedNodeName: 'A B',
        containerStatuses: [{ name: 'a', state: { running: {} } }],
        podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
        hostIP: '1.1.1.1',
        hostIPs: [{ ip: '2.2.2.2' }],
        resourceClaimStatuses: [{ name: 'gone' }],
      };
    },
    'status',
  );
  assert.deepEqual(
    said.map((text) => text.replace(/a lowercase RFC 1123.*/, '…')),
    [
      'status.nominatedNodeName: Invalid value: "A B": …',
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
      'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
      'status.resourceClaimStatuses[0].name: Invalid value: "gone": must match the name of an entry in `spec.resourceClaims`',
      'status.podIPs: Invalid value: [{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}]: may specify no more than one IP for each IP family',
      'status.hostIPs[0].ip: Invalid value: "2.2.2.2": must be equal to `hostIP`',
    ],
  );
});
