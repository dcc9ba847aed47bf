import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { Authorizer } from '#kube/auth';
import { certificateApproval, certificateSigning, certificateSubjects } from './certificates/signers.ts';
import { READ_RESOURCES } from './common/resources.ts';
import { defaultIngressClass } from './networking/default-ingress-class.ts';
import { taintNewNodes } from './nodes/taint-new-nodes.ts';
import { defaultTolerations } from './pods/default-tolerations.ts';
import { runtimeClassPlugin } from './pods/runtime-class.ts';
import { podTopologyLabels } from './pods/topology-labels.ts';
import { priorityPlugin } from './priority/priority.ts';
import { claimResize } from './storage/claim-resize.ts';
import { defaultStorageClass } from './storage/default-storage-class.ts';
import { inUseProtection } from './storage/in-use-protection.ts';
import { type Asked, clientOf, objectsOf, pod, run, specOf } from './testing/attributes.ts';

function object(kind: string, name: string, fields: Record<string, unknown> = {}, metadata = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, ...metadata }, ...fields };
}
const resource = (plural: string, group = '') => ({ group, version: 'v1', resource: plural });

const { priorityClasses: PRIORITIES } = READ_RESOURCES;
const priorities = objectsOf(
  [PRIORITIES, object('PriorityClass', 'high', { value: 1000, preemptionPolicy: 'Never' })],
  [
    PRIORITIES,
    object('PriorityClass', 'usual', { value: 7, globalDefault: true, preemptionPolicy: 'PreemptLowerPriority' }),
  ],
);

test('Priority turns the name of a class into numbers', async () => {
  const plugin = priorityPlugin(priorities, clientOf());
  const spec = specOf(await run(plugin, { object: pod({ priorityClassName: 'high' }) }));
  assert.deepEqual([spec.priority, spec.preemptionPolicy], [1000, 'Never']);
});

test('Priority gives the default class, or none', async () => {
  const spec = specOf(await run(priorityPlugin(priorities, clientOf()), { object: pod() }));
  assert.deepEqual([spec.priorityClassName, spec.priority], ['usual', 7]);
  const none = specOf(await run(priorityPlugin(objectsOf(), clientOf()), { object: pod() }));
  assert.deepEqual(
    [none.priorityClassName, none.priority, none.preemptionPolicy],
    [undefined, 0, 'PreemptLowerPriority'],
  );
});

for (const [spec, message] of [
  [{ priorityClassName: 'none' }, 'no PriorityClass with name none was found'],
  [
    { priorityClassName: 'high', priority: 5 },
    'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 1000 from the given PriorityClass name',
  ],
  [
    { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' },
    'the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
  ],
] as const) {
  test(`Priority: ${message}`, async () => {
    const asked = { object: pod(spec) };
    await assert.rejects(run(priorityPlugin(priorities, clientOf()), asked), {
      code: 403,
      message: `pods "web" is forbidden: ${message}`,
    });
  });
}

test('Priority keeps what pods have when old clients leave it out', async () => {
  const asked = {
    operation: 'UPDATE',
    object: pod(),
    oldObject: pod({ priority: 3, preemptionPolicy: 'Never' }),
  } as const;
  const spec = specOf(await run(priorityPlugin(priorities, clientOf()), asked));
  assert.deepEqual([spec.priority, spec.preemptionPolicy], [3, 'Never']);
});

test('Priority allows one default class', async () => {
  const plugin = priorityPlugin(priorities, clientOf());
  const ask = (name: string, operation: 'CREATE' | 'UPDATE') => {
    const wanted = object('PriorityClass', name, { globalDefault: true });
    return run(plugin, {
      operation,
      resource: PRIORITIES,
      namespace: '',
      object: wanted,
      oldObject: operation === 'UPDATE' ? wanted : undefined,
    });
  };
  const message = /PriorityClass usual is already marked as default\. Only one default can exist/;
  await assert.rejects(ask('other', 'CREATE'), { message });
  await assert.rejects(ask('other', 'UPDATE'), { message });
  await ask('usual', 'UPDATE');
});

test('DefaultTolerationSeconds lets pods bear for five minutes that their node is away', async () => {
  const added = { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 };
  const [notReady, unreachable] = [
    { key: 'node.kubernetes.io/not-ready', ...added },
    { key: 'node.kubernetes.io/unreachable', ...added },
  ];
  assert.deepEqual(specOf(await run(defaultTolerations, { object: pod() })).tolerations, [notReady, unreachable]);
  const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
  assert.deepEqual(specOf(await run(defaultTolerations, { object: pod({ tolerations: [own] }) })).tolerations, [
    own,
    unreachable,
  ]);
  const all = [{ operator: 'Exists' }];
  assert.deepEqual(specOf(await run(defaultTolerations, { object: pod({ tolerations: all }) })).tolerations, all);
});

test('TaintNodesByCondition keeps pods away from new nodes', async () => {
  const taint = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  const asked = { resource: resource('nodes'), namespace: '' };
  for (const node of [object('Node', 'n'), object('Node', 'n', { spec: { taints: [taint] } })]) {
    assert.deepEqual((await run(taintNewNodes, { ...asked, object: node })).object?.spec, { taints: [taint] });
  }
});

const DEFAULT = { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
const { storageClasses: STORAGE } = READ_RESOURCES;
const classes = objectsOf(
  [STORAGE, object('StorageClass', 'a', {}, { ...DEFAULT, creationTimestamp: '2026-01-01T00:00:00Z' })],
  [
    STORAGE,
    object(
      'StorageClass',
      'b',
      { allowVolumeExpansion: true },
      { ...DEFAULT, creationTimestamp: '2026-01-02T00:00:00Z' },
    ),
  ],
  [STORAGE, object('StorageClass', 'c', {}, { creationTimestamp: '2026-01-03T00:00:00Z' })],
);
const claim = (spec: Record<string, unknown>, status = {}) =>
  object('PersistentVolumeClaim', 'c', { spec, status }, { namespace: 'shop' });
const CLAIMS = resource('persistentvolumeclaims');

for (const [title, spec, wanted] of [
  ['the newest default class', {}, 'b'],
  ['what it names', { storageClassName: 'c' }, 'c'],
  ['none where it wants none', { storageClassName: '' }, ''],
] as const) {
  test(`DefaultStorageClass gives a claim ${title}`, async () => {
    const { object: admitted } = await run(defaultStorageClass(classes), {
      resource: CLAIMS,
      object: claim({ ...spec }),
    });
    assert.equal((admitted?.spec as { storageClassName?: string } | undefined)?.storageClassName, wanted);
  });
}

test('StorageObjectInUseProtection sets finalizers once', async () => {
  const first = await run(inUseProtection, { resource: CLAIMS, object: claim({}) });
  assert.deepEqual(first.object?.metadata.finalizers, ['kubernetes.io/pvc-protection']);
  const again = await run(inUseProtection, { resource: CLAIMS, object: first.object });
  assert.equal(again.object?.metadata.finalizers?.length, 1);
  const volume = await run(inUseProtection, {
    resource: resource('persistentvolumes'),
    object: object('PersistentVolume', 'v'),
  });
  assert.deepEqual(volume.object?.metadata.finalizers, ['kubernetes.io/pv-protection']);
});

const sized = (storage: string, storageClassName: string, phase = 'Bound') =>
  claim({ storageClassName, resources: { requests: { storage } } }, { phase });
for (const [title, now, old, message] of [
  ['of a class that allows it', sized('2Gi', 'b'), sized('1Gi', 'b'), undefined],
  [
    'that is not bound',
    sized('2Gi', 'b'),
    sized('1Gi', 'b', 'Pending'),
    /Only bound persistent volume claims can be expanded/,
  ],
  [
    'of a class that does not allow it',
    sized('2Gi', 'c'),
    sized('1Gi', 'c'),
    /only dynamically provisioned pvc can be resized/,
  ],
  ['of no class', sized('2Gi', ''), sized('1Gi', ''), /only dynamically provisioned pvc can be resized/],
] as const) {
  test(`PersistentVolumeClaimResize: a claim ${title} ${message === undefined ? 'grows' : 'does not grow'}`, async () => {
    const admission = run(claimResize(classes), { operation: 'UPDATE', resource: CLAIMS, object: now, oldObject: old });
    if (message === undefined) await admission;
    else await assert.rejects(admission, { code: 403, message });
  });
}

test('DefaultIngressClass gives the default class to ingresses that name none in any way', async () => {
  const { ingressClasses } = READ_RESOURCES;
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  const plugin = defaultIngressClass(objectsOf([ingressClasses, object('IngressClass', 'nginx', {}, { annotations })]));
  const classOf = async (spec: Record<string, unknown>, metadata = {}) => {
    const asked = {
      resource: resource('ingresses', 'networking.k8s.io'),
      object: object('Ingress', 'i', { spec }, metadata),
    };
    return ((await run(plugin, asked)).object?.spec as { ingressClassName?: string } | undefined)?.ingressClassName;
  };
  assert.equal(await classOf({}), 'nginx');
  assert.equal(await classOf({ ingressClassName: 'own' }), 'own');
  assert.equal(await classOf({}, { annotations: { 'kubernetes.io/ingress.class': 'old' } }), undefined);
});

const gvisor = object('RuntimeClass', 'gvisor', {
  handler: 'runsc',
  overhead: { podFixed: { cpu: '250m' } },
  scheduling: { nodeSelector: { sandbox: 'yes' }, tolerations: [{ key: 'sandbox' }] },
});
const runtimes = runtimeClassPlugin(objectsOf([READ_RESOURCES.runtimeClasses, gvisor]), clientOf());

test('RuntimeClass adds overhead, node selector and tolerations', async () => {
  const spec = specOf(await run(runtimes, { object: pod({ runtimeClassName: 'gvisor', nodeSelector: { a: 'b' } }) }));
  assert.deepEqual(spec.overhead, { cpu: '250m' });
  assert.deepEqual(spec.nodeSelector, { a: 'b', sandbox: 'yes' });
  assert.deepEqual(spec.tolerations, [{ key: 'sandbox' }]);
});

for (const [spec, message] of [
  [{ runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
  [
    { runtimeClassName: 'gvisor', overhead: { cpu: '1' } },
    "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
  ],
  [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
  [
    { runtimeClassName: 'gvisor', nodeSelector: { sandbox: 'no' } },
    'conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no',
  ],
] as const) {
  test(`RuntimeClass: ${message}`, async () => {
    await assert.rejects(run(runtimes, { object: pod(spec) }), { message: `pods "web" is forbidden: ${message}` });
  });
}

test('PodTopologyLabels copies where the node is to the binding to it, and to pods that are made with their node', async () => {
  const labels = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'o' };
  const plugin = podTopologyLabels(objectsOf([resource('nodes'), object('Node', 'n', {}, { labels })]));
  const { other: _, ...copied } = labels;
  const binding = (kind: string) => object('Binding', 'web', { target: { kind, name: 'n' } });
  const labelsOf = async (asked: Asked) => (await run(plugin, asked)).object?.metadata.labels;
  assert.deepEqual(await labelsOf({ subresource: 'binding', object: binding('Node') }), copied);
  assert.equal(await labelsOf({ subresource: 'binding', object: binding('Other') }), undefined);
  assert.deepEqual(await labelsOf({ object: pod({ nodeName: 'n' }) }), copied);
  const own = { 'topology.kubernetes.io/zone': 'own', 'topology.kubernetes.io/region': 'r' };
  assert.deepEqual(await labelsOf({ object: pod({ nodeName: 'n' }, { labels: own }) }), own);
});

const REQUESTS = resource('certificatesigningrequests', 'certificates.k8s.io');
const request = (signerName: string, fields: Record<string, unknown> = {}) =>
  object('CertificateSigningRequest', 'r', { spec: { signerName }, ...fields });

/** Allows exactly one verb on exactly one signer. */
function allowing(verb: string, name: string): Authorizer {
  return {
    authorize: (asked) => ({
      decision: asked.verb === verb && asked.name === name && asked.resource === 'signers' ? 'allow' : 'noOpinion',
      reason: '',
    }),
  };
}

test('CertificateApproval wants the right to approve for the signer, or for its whole domain', async () => {
  const old = request('example.com/a');
  const asked = {
    operation: 'UPDATE',
    resource: REQUESTS,
    namespace: '',
    subresource: 'approval',
    object: old,
    oldObject: old,
  } as const;
  await run(certificateApproval(allowing('approve', 'example.com/a')), asked);
  await run(certificateApproval(allowing('approve', 'example.com/*')), asked);
  await assert.rejects(run(certificateApproval(allowing('approve', 'example.com/b')), asked), {
    code: 403,
    message:
      'certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to approve requests with signerName "example.com/a"',
  });
});

test('CertificateSigning wants the right to sign from who writes a certificate', async () => {
  const old = request('example.com/a');
  const asked = {
    operation: 'UPDATE',
    resource: REQUESTS,
    namespace: '',
    subresource: 'status',
    oldObject: old,
  } as const;
  const plugin = certificateSigning(allowing('sign', 'example.com/b'));
  await run(plugin, { ...asked, object: old });
  const signed = request('example.com/a', { status: { certificate: 'x' } });
  await assert.rejects(run(plugin, { ...asked, object: signed }), { message: /user not permitted to sign requests/ });
});

test('CertificateSubjectRestriction refuses what is no request', async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const text = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64');
  const spec = { signerName: 'kubernetes.io/kube-apiserver-client', request: text };
  const asked = { resource: REQUESTS, namespace: '', object: object('CertificateSigningRequest', 'r', { spec }) };
  await assert.rejects(run(certificateSubjects, asked), { code: 403 });
  await run(certificateSubjects, { ...asked, object: request('example.com/a') });
});
