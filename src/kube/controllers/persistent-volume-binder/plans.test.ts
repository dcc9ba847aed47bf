import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeObject } from '../testing/make-pod.ts';
import { bestVolume, mismatch } from './match.ts';
import { planClaim } from './plan-claim.ts';
import { planVolume } from './plan-volume.ts';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  type PersistentVolume,
  type PersistentVolumeClaim,
  PROVISIONED_BY,
  SELECTED_NODE,
  type StorageClass,
} from './types.ts';

function claim(
  spec: PersistentVolumeClaim['spec'] = {},
  annotations: Record<string, string> = {},
): PersistentVolumeClaim {
  const full = {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '5Gi' } },
    storageClassName: '',
    ...spec,
  };
  return makeObject<PersistentVolumeClaim>('v1', 'PersistentVolumeClaim', 'c', { spec: full }, { annotations });
}

function volume(
  name: string,
  storage: string,
  spec: PersistentVolume['spec'] = {},
  phase = 'Available',
  annotations = {},
): PersistentVolume {
  const full = {
    accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
    capacity: { storage },
    persistentVolumeReclaimPolicy: 'Retain',
    ...spec,
  };
  return makeObject<PersistentVolume>(
    'v1',
    'PersistentVolume',
    name,
    { spec: full, status: { phase } },
    { annotations, namespace: '', labels: { on: name } },
  );
}

function storageClass(name: string, more: Partial<StorageClass> = {}, annotations = {}): StorageClass {
  return makeObject<StorageClass>(
    'storage.k8s.io/v1',
    'StorageClass',
    name,
    { provisioner: 'csi.example.org', ...more },
    { annotations },
  );
}

const OURS = { namespace: 'test', name: 'c', uid: 'uid-c' };
const OTHERS = { namespace: 'test', name: 'd', uid: 'uid-d' };

test('bestVolume takes the smallest that does', () => {
  const volumes = [
    volume('large', '50Gi'),
    volume('small', '5Gi'),
    volume('tiny', '1Gi'),
    volume('taken', '5Gi', { claimRef: OTHERS }),
    volume('new', '5Gi', {}, 'Pending'),
  ];
  assert.equal(bestVolume(claim(), volumes, false)?.metadata.name, 'small');
  assert.equal(
    bestVolume(claim({ selector: { matchLabels: { on: 'large' } } }), volumes, false)?.metadata.name,
    'large',
  );
  assert.equal(bestVolume(claim({ selector: { matchLabels: { on: 'tiny' } } }), volumes, false), undefined);
});

test('bestVolume takes what is reserved before what is smaller, and nothing else while binding waits', () => {
  const reserved = volume('reserved', '50Gi', { claimRef: { namespace: 'test', name: 'c' } });
  assert.equal(bestVolume(claim(), [volume('small', '5Gi'), reserved], false)?.metadata.name, 'reserved');
  assert.equal(bestVolume(claim(), [volume('small', '5Gi')], true), undefined);
  assert.equal(bestVolume(claim(), [volume('small', '5Gi'), reserved], true)?.metadata.name, 'reserved');
  const old = volume('old', '5Gi', { claimRef: { ...OURS, uid: 'before' } });
  assert.equal(bestVolume(claim(), [old], false), undefined);
});

test('mismatch says what does not fit', () => {
  const problems = [
    volume('a', '1Gi'),
    volume('b', '5Gi', { storageClassName: 'x' }),
    volume('c', '5Gi', { volumeMode: 'Block' }),
    volume('d', '5Gi', { accessModes: ['ReadOnlyMany'] }),
    volume('e', '5Gi'),
  ].map((one) => mismatch(one, claim()));
  assert.deepEqual(problems, [
    'requested PV is too small',
    'storageClassName does not match',
    'incompatible volumeMode',
    'incompatible accessMode',
    undefined,
  ]);
});

const CLASSES = [
  storageClass('fast'),
  storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' }),
  storageClass('none', { provisioner: 'kubernetes.io/no-provisioner' }),
];

const CLAIMS: readonly [string, PersistentVolumeClaim, PersistentVolume[], string][] = [
  ['nothing there', claim(), [], 'wait FailedBinding'],
  ['a volume that does', claim(), [volume('v', '5Gi')], 'bind v'],
  ['a class that makes volumes', claim({ storageClassName: 'fast' }), [], 'wait ExternalProvisioning csi.example.org'],
  ['a class that nobody knows', claim({ storageClassName: 'what' }), [], 'wait ProvisioningFailed'],
  ['a class of static volumes', claim({ storageClassName: 'none' }), [], 'wait ProvisioningFailed'],
  [
    'a class that waits for a pod',
    claim({ storageClassName: 'late' }),
    [volume('v', '5Gi', { storageClassName: 'late' })],
    'wait WaitForFirstConsumer',
  ],
  [
    'a class that waited',
    claim({ storageClassName: 'late' }, { [SELECTED_NODE]: 'n' }),
    [],
    'wait ExternalProvisioning csi.example.org',
  ],
  ['a volume that it names', claim({ volumeName: 'v' }), [volume('v', '5Gi')], 'bind v'],
  ['one that is not there', claim({ volumeName: 'v' }), [], 'wait undefined'],
  ['one that does not do', claim({ volumeName: 'v' }), [volume('v', '1Gi')], 'wait VolumeMismatch'],
  [
    'one that another has',
    claim({ volumeName: 'v' }),
    [volume('v', '5Gi', { claimRef: OTHERS })],
    'wait FailedBinding',
  ],
  [
    'bound, all is well',
    claim({ volumeName: 'v' }, { [BIND_COMPLETED]: 'yes' }),
    [volume('v', '5Gi', { claimRef: OURS }, 'Bound')],
    'bind v',
  ],
  ['bound, the volume is gone', claim({ volumeName: 'v' }, { [BIND_COMPLETED]: 'yes' }), [], 'lose ClaimLost'],
  [
    'bound, another has it',
    claim({ volumeName: 'v' }, { [BIND_COMPLETED]: 'yes' }),
    [volume('v', '5Gi', { claimRef: OTHERS })],
    'lose ClaimMisbound',
  ],
];

test('planClaim decides as upstream does', () => {
  for (const [name, given, volumes, wanted] of CLAIMS) {
    const plan = planClaim({ claim: given, volumes, classes: CLASSES });
    const what =
      plan.do === 'bind' ? plan.volume.metadata.name : plan.do === 'set-class' ? plan.className : plan.note?.reason;
    const provisioner = plan.do === 'wait' && plan.provisioner !== undefined ? ` ${plan.provisioner}` : '';
    assert.equal(`${plan.do} ${what}${provisioner}`, wanted, name);
  }
});

test('planClaim gives a claim without a class the newest of the default ones', () => {
  const byDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const older = storageClass('older', {}, byDefault);
  const newer = storageClass('newer', {}, byDefault);
  newer.metadata.creationTimestamp = '2030-01-01T00:00:00Z';
  const { storageClassName: _, ...spec } = claim().spec ?? {};
  const bare = { ...claim(), spec };
  assert.deepEqual(planClaim({ claim: bare, volumes: [], classes: [older, newer] }), {
    do: 'set-class',
    className: 'newer',
  });
  assert.equal(planClaim({ claim: claim(), volumes: [], classes: [older] }).do, 'wait');
});

const BOUND_CLAIM = claim({ volumeName: 'v' });

const VOLUMES: readonly [string, PersistentVolume, PersistentVolumeClaim | undefined, string][] = [
  ['free', volume('v', '1Gi', {}, 'Pending'), undefined, 'Available'],
  ['reserved by hand', volume('v', '1Gi', { claimRef: { namespace: 'test', name: 'c' } }), undefined, 'Available look'],
  ['bound', volume('v', '1Gi', { claimRef: OURS }), BOUND_CLAIM, 'Bound'],
  ['half bound', volume('v', '1Gi', { claimRef: OURS }), claim(), 'Available look'],
  ['its claim is gone', volume('v', '1Gi', { claimRef: OURS }, 'Bound'), undefined, 'Released'],
  [
    'its claim is another now',
    volume('v', '1Gi', { claimRef: { ...OURS, uid: 'before' } }, 'Bound'),
    BOUND_CLAIM,
    'Released',
  ],
  [
    'to be deleted by who made it',
    volume('v', '1Gi', { claimRef: OURS, persistentVolumeReclaimPolicy: 'Delete' }, 'Bound', {
      [PROVISIONED_BY]: 'csi',
    }),
    undefined,
    'Released',
  ],
  [
    'to be deleted by nobody',
    volume('v', '1Gi', { claimRef: OURS, persistentVolumeReclaimPolicy: 'Delete' }, 'Bound'),
    undefined,
    'Failed VolumeFailedDelete',
  ],
  [
    'to be wiped',
    volume('v', '1Gi', { claimRef: OURS, persistentVolumeReclaimPolicy: 'Recycle' }, 'Bound'),
    undefined,
    'Failed VolumeFailedRecycle',
  ],
  [
    'failed before',
    volume('v', '1Gi', { claimRef: OURS, persistentVolumeReclaimPolicy: 'Recycle' }, 'Failed'),
    undefined,
    'Failed',
  ],
  [
    'its claim took another',
    volume('w', '1Gi', { claimRef: OURS }, 'Available', { [BOUND_BY_CONTROLLER]: 'yes' }),
    BOUND_CLAIM,
    'Available release all',
  ],
  ['its claim took another, by hand', volume('w', '1Gi', { claimRef: OURS }), BOUND_CLAIM, 'Available release uid'],
];

test('planVolume decides as upstream does', () => {
  for (const [name, given, known, wanted] of VOLUMES) {
    const { phase, note, release, lookAtClaim } = planVolume(given, known);
    const parts = [phase, note?.reason, release && `release ${release}`, lookAtClaim && 'look'].filter(Boolean);
    assert.equal(parts.join(' '), wanted, name);
  }
});
