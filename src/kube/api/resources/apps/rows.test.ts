import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeIn, checkKind, createIn, NOW_MS, updateIn } from '../testing/check-kind.ts';
import { DEFAULTED_SPEC, POD_SPEC, SELECTOR, TEMPLATE } from '../testing/pods.ts';
import { controllerRevisions } from './controller-revisions.ts';
import { daemonSets } from './daemon-sets.ts';
import { deployments } from './deployments.ts';
import { replicaSets } from './replica-sets.ts';
import { statefulSets } from './stateful-sets.ts';

const MINIMAL = { spec: { selector: SELECTOR, template: TEMPLATE } };
const OTHER_SELECTOR = { spec: { selector: { matchLabels: { app: 'other' } } } };
const MISMATCH =
  'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`';
const IMMUTABLE_SELECTOR = 'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"1"}}: field is immutable';
const RELABEL = {
  spec: {
    selector: { matchLabels: { tier: '1' } },
    template: { metadata: { labels: { tier: '1' } } },
  },
};

checkKind(deployments, {
  minimal: MINIMAL,
  created: {
    spec: {
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: DEFAULTED_SPEC },
    },
    status: {},
  },
  invalid: [
    ['no selector', { spec: { selector: null } }, 'spec.selector: Required value'],
    [
      'a selector that names nothing',
      { spec: { selector: { matchLabels: null } } },
      'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
    ],
    ['a selector of other pods', OTHER_SELECTOR, MISMATCH],
    ['no template', { spec: { template: null } }, 'spec.template: Required value'],
    [
      'pods that end',
      { spec: { template: { spec: { restartPolicy: 'Never' } } } },
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
    [
      'a deadline for pods',
      { spec: { template: { spec: { activeDeadlineSeconds: 5 } } } },
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
    ],
    [
      'fewer pods than none',
      { spec: { replicas: -1 } },
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a roll-out that cannot move',
      { spec: { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
    ],
    [
      'more than all unavailable',
      { spec: { strategy: { rollingUpdate: { maxUnavailable: '101%' } } } },
      'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
    ],
    [
      'a surge that is no number',
      { spec: { strategy: { rollingUpdate: { maxSurge: 'lots' } } } },
      'spec.strategy.rollingUpdate.maxSurge: Invalid value: "lots": a valid percent string must be a numeric string ' +
        "followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
    [
      'Recreate with settings of the other strategy',
      { spec: { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } } },
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ],
    [
      'an unknown strategy',
      { spec: { strategy: { type: 'Canary' } } },
      'spec.strategy: Unsupported value: {"type":"Canary"}: supported values: "Recreate", "RollingUpdate"',
    ],
    [
      'a deadline that passes before pods can be available',
      { spec: { minReadySeconds: 600 } },
      'spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds',
    ],
    [
      'a history of less than nothing',
      { spec: { revisionHistoryLimit: -1 } },
      'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  refused: [['another selector', RELABEL, IMMUTABLE_SELECTOR]],
  accepted: [
    ['more pods', { spec: { replicas: 3 }, status: { replicas: 7 } }, { spec: { replicas: 3 }, status: {} }],
    ['another image', { spec: { template: { spec: { containers: [{ name: 'main', image: 'nginx:2' }] } } } }],
  ],
});

test('Deployment: the status path changes the status alone, and checks it', () => {
  const { object, complaints } = updateIn(
    deployments,
    MINIMAL,
    { spec: { replicas: 9 }, status: { replicas: 1, readyReplicas: 2, availableReplicas: 3 } },
    'status',
  );
  assert.deepEqual(object.status, { replicas: 1, readyReplicas: 2, availableReplicas: 3 });
  assert.equal((object.spec as { replicas: number }).replicas, 1);
  assert.deepEqual(complaints, [
    'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
    'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
  ]);
});

test('Deployment: prints what kubectl shows', () => {
  const { object } = createIn(deployments, MINIMAL);
  object.status = { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 };
  object.metadata.creationTimestamp = '2026-01-02T03:02:00Z';
  const [version] = deployments.versions;
  const cells = version?.columns?.map((column) => [column.name, column.priority, column.cell(object, NOW_MS)]);
  assert.deepEqual(cells, [
    ['Ready', 0, '1/1'],
    ['Up-to-date', 0, 2],
    ['Available', 0, 1],
    ['Age', 0, '2m5s'],
    ['Containers', 1, 'main'],
    ['Images', 1, 'nginx:1'],
    ['Selector', 1, 'app=web'],
  ]);
});

test('workloads: warn of names that pods cannot have, and of odd templates', () => {
  const warnings: string[] = [];
  const context = { nowMs: NOW_MS, warn: (message: string) => warnings.push(message) };
  const { object } = createIn(deployments, {
    metadata: { name: 'web.v1' },
    spec: {
      ...MINIMAL.spec,
      template: { ...TEMPLATE, spec: { ...POD_SPEC, nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } },
    },
  });
  deployments.strategy.validate?.(object, context);
  assert.deepEqual(warnings.splice(0), [
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
  deployments.strategy.validateUpdate?.(structuredClone(object), object, context);
  assert.deepEqual(warnings, [], 'what does not change was said before');
});

checkKind(replicaSets, {
  minimal: MINIMAL,
  created: { spec: { replicas: 1, template: { spec: DEFAULTED_SPEC } }, status: { replicas: 0 } },
  invalid: [
    ['no selector', { spec: { selector: null } }, 'spec.selector: Required value'],
    ['a selector of other pods', OTHER_SELECTOR, MISMATCH],
    [
      'fewer ready seconds than none',
      { spec: { minReadySeconds: -1 } },
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  refused: [['another selector', RELABEL, IMMUTABLE_SELECTOR]],
});

checkKind(daemonSets, {
  minimal: MINIMAL,
  created: {
    metadata: { annotations: { 'deprecated.daemonset.template.generation': '1' } },
    spec: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
    },
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  },
  invalid: [
    ['a selector of other pods', OTHER_SELECTOR, MISMATCH],
    [
      'a surge while some may be missing',
      { spec: { updateStrategy: { rollingUpdate: { maxSurge: 1 } } } },
      'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
    ],
    [
      'a roll-out that cannot move',
      { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } },
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0',
    ],
    [
      'an unknown strategy',
      { spec: { updateStrategy: { type: 'Later' } } },
      'spec.updateStrategy: Unsupported value: {"type":"Later"}: supported values: "RollingUpdate", "OnDelete"',
    ],
    [
      'a deadline for pods',
      { spec: { template: { spec: { activeDeadlineSeconds: 5 } } } },
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
    ],
  ],
  refused: [['another selector', RELABEL, IMMUTABLE_SELECTOR]],
  accepted: [
    [
      'another template, which is counted',
      { spec: { template: { spec: { hostPID: true } } } },
      { metadata: { annotations: { 'deprecated.daemonset.template.generation': '2' } } },
    ],
    [
      'a count that a client makes up is not believed',
      { metadata: { annotations: { 'deprecated.daemonset.template.generation': '77' } } },
      { metadata: { annotations: { 'deprecated.daemonset.template.generation': '1' } } },
    ],
  ],
});

const FORBIDDEN =
  "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', " +
  "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

checkKind(statefulSets, {
  minimal: {
    spec: {
      ...MINIMAL.spec,
      serviceName: 'web',
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1024Mi' } } },
        },
      ],
    },
  },
  created: {
    spec: {
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      revisionHistoryLimit: 10,
      volumeClaimTemplates: [
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'data' },
          spec: { volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } },
          status: { phase: 'Pending' },
        },
      ],
    },
    status: { replicas: 0, availableReplicas: 0 },
  },
  invalid: [
    [
      'an unknown order',
      { spec: { podManagementPolicy: 'Random' } },
      "spec.podManagementPolicy: Invalid value: \"Random\": must be 'OrderedReady' or 'Parallel'",
    ],
    [
      'OnDelete with settings of the other strategy',
      { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } } },
      'spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy \'RollingUpdate\'',
    ],
    [
      'a roll-out that cannot move',
      { spec: { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } } },
      'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
    ],
    [
      'a selector that names nothing',
      { spec: { selector: { matchLabels: null } } },
      'spec.selector: Invalid value: {}: empty selector is not valid for statefulset.',
    ],
    [
      'claims that are to vanish some other way',
      { spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Archive' } } },
      'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Archive": supported values: "Retain", "Delete"',
    ],
    [
      'numbers below zero',
      { spec: { ordinals: { start: -1 } } },
      'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  refused: [
    ['another service', { spec: { serviceName: 'other' } }, FORBIDDEN],
    ['another selector', RELABEL, FORBIDDEN],
    ['claims taken away', { spec: { volumeClaimTemplates: [] } }, FORBIDDEN],
  ],
  accepted: [
    [
      'what may change',
      {
        spec: {
          replicas: 3,
          minReadySeconds: 5,
          ordinals: { start: 1 },
          updateStrategy: { type: 'OnDelete', rollingUpdate: null },
        },
      },
    ],
  ],
});

test('StatefulSet: mounts may mean the claims that pods get', () => {
  const mounted = { ...POD_SPEC.containers[0], volumeMounts: [{ name: 'data', mountPath: '/data' }] };
  const template = { ...TEMPLATE, spec: { containers: [mounted] } };
  const spec = { selector: SELECTOR, template, volumeClaimTemplates: [{ metadata: { name: 'data' } }] };
  assert.deepEqual(createIn(statefulSets, { spec }).complaints, []);
});

checkKind(controllerRevisions, {
  minimal: { data: { spec: {} }, revision: 1 },
  invalid: [
    ['no data', { data: null }, 'data: Required value: data is mandatory'],
    ['a revision below zero', { revision: -1 }, 'revision: Invalid value: -1: must be greater than or equal to 0'],
    [
      'nothing at all',
      { data: null, revision: -1 },
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  refused: [['other data', { data: { spec: { a: 1 } } }, 'data: Invalid value: {"spec":{"a":1}}: field is immutable']],
  accepted: [['a later revision', { revision: 2 }]],
});

test('ControllerRevision: prints whose it is', () => {
  const { object } = createIn(controllerRevisions, {
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: '1', controller: true }],
    },
    data: {},
  });
  assert.equal(controllerRevisions.versions[0]?.columns?.[0]?.cell(object, NOW_MS), 'statefulset.apps/web');
});

test('workloads: a status cannot count collisions backwards', () => {
  const { object } = createIn(deployments, MINIMAL);
  object.status = { collisionCount: 2 };
  assert.deepEqual(changeIn(deployments, object, { status: { collisionCount: 1 } }, 'status').complaints, [
    'status.collisionCount: Invalid value: 1: cannot be decremented',
  ]);
});
