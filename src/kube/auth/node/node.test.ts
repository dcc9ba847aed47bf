import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionAttributes } from '#kube/admission';
import { type GroupResource, isStatusError, type KubeObject } from '#kube/api';
import { RESOURCES } from '../objects.ts';
import { nodeRules } from '../rbac/bootstrap/component-roles.ts';
import { requestInfo } from '../request-info.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { NodeAuthorizer } from './node-authorizer.ts';
import { nodeRestrictionPlugin } from './restriction.ts';

const NODE = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };

function pod(name: string, nodeName: string, spec: object = {}, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'a', name, uid: `uid-${name}`, ...metadata },
    spec: { nodeName, serviceAccountName: `sa-${name}`, containers: [], ...spec },
  };
}

const REFERENCES = {
  imagePullSecrets: [{ name: 'pull' }],
  containers: [
    { env: [{ valueFrom: { secretKeyRef: { name: 'env' } } }], envFrom: [{ configMapRef: { name: 'all' } }] },
  ],
  initContainers: [{ env: [{ valueFrom: { configMapKeyRef: { name: 'init' } } }] }],
  ephemeralContainers: [{ envFrom: [{ secretRef: { name: 'debug' } }] }],
  volumes: [
    { name: 'v1', secret: { secretName: 'mounted' } },
    {
      name: 'v2',
      projected: { sources: [{ secret: { name: 'projected' } }, { configMap: { name: 'projected-map' } }] },
    },
    { name: 'v3', persistentVolumeClaim: { claimName: 'claim' } },
    { name: 'v4', ephemeral: {} },
    { name: 'v5', csi: { nodePublishSecretRef: { name: 'csi' } } },
  ],
  resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu-claim' }],
};

function world() {
  const objects = new MemoryObjects();
  objects.put(RESOURCES.pods, pod('mine', 'n1', REFERENCES));
  objects.put(RESOURCES.pods, pod('theirs', 'n2', { imagePullSecrets: [{ name: 'other' }] }));
  objects.put(RESOURCES.pods, pod('unscheduled', '', { imagePullSecrets: [{ name: 'waiting' }] }));
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
  objects.put(RESOURCES.pods, pod('mirror', 'n1', { imagePullSecrets: [{ name: 'stolen' }] }, mirror));
  const volume = (name: string, claim: string) =>
    objects.put(RESOURCES.persistentVolumes, {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        claimRef: { namespace: 'a', name: claim },
        csi: {
          nodeStageSecretRef: { namespace: 'storage', name: `secret-${name}` },
          controllerPublishSecretRef: { namespace: 'storage', name: 'controller' },
        },
      },
    });
  volume('pv', 'claim');
  volume('pv2', 'foreign');
  const onNode = (resource: GroupResource, name: string, nodeName: string) =>
    objects.put(resource, { apiVersion: 'v1', kind: 'X', metadata: { name }, spec: { nodeName } });
  onNode(RESOURCES.volumeAttachments, 'va1', 'n1');
  onNode(RESOURCES.volumeAttachments, 'va2', 'n2');
  onNode(RESOURCES.resourceSlices, 'slice1', 'n1');
  onNode(RESOURCES.resourceSlices, 'slice2', 'n2');
  objects.put(RESOURCES.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'node-uid' } });
  const authorizer = new NodeAuthorizer(objects, nodeRules());
  const may = (method: string, url: string, user = NODE) =>
    authorizer.authorize({ ...requestInfo(method, url), user }).decision === 'allow';
  return { objects, authorizer, may };
}

const A = '/api/v1/namespaces/a';
const RIGHTS: readonly [string, string, boolean][] = [
  ...['pull', 'env', 'debug', 'mounted', 'projected', 'csi'].map((name): [string, string, boolean] => [
    'GET',
    `${A}/secrets/${name}`,
    true,
  ]),
  ...['all', 'init', 'projected-map'].map((name): [string, string, boolean] => [
    'GET',
    `${A}/configmaps/${name}`,
    true,
  ]),
  ['GET', `${A}/secrets?watch=1&fieldSelector=metadata.name%3Dpull`, true],
  ['GET', `${A}/secrets/other`, false],
  ['GET', `${A}/secrets/waiting`, false],
  ['GET', `${A}/secrets/stolen`, false],
  ['GET', `${A}/secrets/__proto__`, false],
  ['GET', `${A}/secrets`, false],
  ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Dpull', false],
  ['GET', '/api/v1/namespaces/b/secrets/pull', false],
  ['DELETE', `${A}/secrets/pull`, false],
  ['PUT', `${A}/configmaps/all`, false],
  ['GET', '/api/v1/namespaces/storage/secrets/secret-pv', true],
  ['GET', '/api/v1/namespaces/storage/secrets/secret-pv2', false],
  ['GET', '/api/v1/namespaces/storage/secrets/controller', false],
  ['GET', `${A}/persistentvolumeclaims/claim`, true],
  ['GET', `${A}/persistentvolumeclaims/mine-v4`, true],
  ['PATCH', `${A}/persistentvolumeclaims/claim/status`, true],
  ['PATCH', `${A}/persistentvolumeclaims/claim`, false],
  ['PATCH', `${A}/persistentvolumeclaims/foreign/status`, false],
  ['GET', '/api/v1/persistentvolumes/pv', true],
  ['GET', '/api/v1/persistentvolumes/pv2', false],
  ['GET', '/apis/resource.k8s.io/v1/namespaces/a/resourceclaims/gpu-claim', true],
  ['GET', '/apis/storage.k8s.io/v1/volumeattachments/va1', true],
  ['GET', '/apis/storage.k8s.io/v1/volumeattachments/va2', false],
  ['POST', `${A}/serviceaccounts/sa-mine/token`, true],
  ['GET', `${A}/serviceaccounts/sa-mine`, true],
  ['POST', `${A}/serviceaccounts/sa-theirs/token`, false],
  ['POST', '/api/v1/namespaces/b/serviceaccounts/sa-mine/token', false],
  ['PATCH', `${A}/serviceaccounts/sa-mine`, false],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1', true],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2', false],
  ['PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/n1', false],
  ['GET', '/apis/storage.k8s.io/v1/csinodes/n1', true],
  ['GET', '/apis/storage.k8s.io/v1/csinodes/n2', false],
  ['GET', '/apis/resource.k8s.io/v1/resourceslices/slice1', true],
  ['DELETE', '/apis/resource.k8s.io/v1/resourceslices/slice2', false],
  ['GET', '/apis/resource.k8s.io/v1/resourceslices?fieldSelector=spec.nodeName%3Dn1', true],
  ['GET', '/apis/resource.k8s.io/v1/resourceslices', false],
  ['GET', '/api/v1/nodes/n1', true],
  ['GET', '/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dn1', true],
  ['GET', '/api/v1/nodes/n2', false],
  ['GET', '/api/v1/nodes', false],
  ['DELETE', '/api/v1/nodes/n1', false],
  ['PATCH', '/api/v1/nodes/n1/status', true],
  ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', true],
  ['GET', '/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn2', false],
  ['GET', '/api/v1/pods?fieldSelector=spec.nodeName%21%3Dn1', false],
  ['GET', '/api/v1/pods', false],
  ['GET', `${A}/pods/mine`, true],
  ['GET', `${A}/pods/theirs`, false],
  ['POST', `${A}/pods/theirs/exec`, false],
  ['GET', '/api/v1/services', true],
  ['GET', '/apis/apps/v1/deployments', false],
];

test('a node may read what its own pods refer to, and write what is its own', () => {
  const { may } = world();
  for (const [method, url, allowed] of RIGHTS) assert.equal(may(method, url), allowed, `${method} ${url}`);
});

test('a right goes when the pod that gave it goes', () => {
  const { may, objects } = world();
  assert.ok(may('GET', `${A}/secrets/pull`));
  objects.remove(RESOURCES.pods, 'a', 'mine');
  assert.ok(!may('GET', `${A}/secrets/pull`));
  assert.ok(!may('GET', '/api/v1/persistentvolumes/pv'));
});

test('who is no node, or none that can be told, gets nothing here', () => {
  const { may, authorizer } = world();
  assert.ok(!may('GET', `${A}/secrets/pull`, { name: 'system:node:n1', groups: [] }));
  const nameless = { name: 'jane', groups: ['system:nodes'] };
  assert.equal(
    authorizer.authorize({ ...requestInfo('GET', '/api/v1/services'), user: nameless }).reason,
    'unknown node for user "jane"',
  );
});

/** Why a node may not write something; undefined: it may. */
function restricted(what: {
  resource: GroupResource;
  operation: string;
  object?: unknown;
  oldObject?: unknown;
  subresource?: string;
  name?: string;
  namespace?: string;
}): string | undefined {
  const plugin = nodeRestrictionPlugin(world().objects);
  const attributes = {
    subresource: '',
    namespace: 'a',
    name: (what.object as KubeObject | undefined)?.metadata?.name ?? '',
    user: NODE,
    ...what,
    resource: { ...what.resource, version: 'v1' },
  } as unknown as AdmissionAttributes;
  assert.ok(plugin.handles(attributes));
  try {
    plugin.validate?.(attributes);
    return undefined;
  } catch (error) {
    assert.ok(isStatusError(error), String(error));
    return error.message.replace(/^\S+( "[^"]*")? is forbidden: /, '');
  }
}

const OWNER = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'node-uid', controller: true };
const MIRROR = { name: 'm', annotations: { 'kubernetes.io/config.mirror': 'x' }, ownerReferences: [OWNER] };

function createPod(spec: object = {}, metadata: object = {}): string | undefined {
  const object = pod('m', 'n1', { serviceAccountName: undefined, ...spec }, { ...MIRROR, ...metadata });
  return restricted({ resource: RESOURCES.pods, operation: 'CREATE', object });
}

test('NodeRestriction lets a node create mirror pods that reach nothing', () => {
  assert.equal(createPod(), undefined);
  assert.match(createPod({}, { annotations: {} }) ?? '', /does not have "kubernetes.io\/config.mirror" annotation/);
  assert.match(createPod({ nodeName: 'n2' }) ?? '', /spec.nodeName set to itself/);
  assert.match(createPod({}, { ownerReferences: [] }) ?? '', /with an owner reference set to itself/);
  assert.match(
    createPod({}, { ownerReferences: [{ ...OWNER, uid: 'x' }] }) ?? '',
    /UID mismatch: expected x got node-uid/,
  );
  assert.match(
    createPod({}, { ownerReferences: [{ ...OWNER, controller: false }] }) ?? '',
    /controller owner reference/,
  );
  assert.match(createPod({ serviceAccountName: 'x' }) ?? '', /reference a service account/);
  assert.match(createPod({ imagePullSecrets: [{ name: 'x' }] }) ?? '', /reference secrets/);
  assert.match(createPod({ volumes: [{ configMap: { name: 'x' } }] }) ?? '', /reference configmaps/);
  assert.match(createPod({ volumes: [{ persistentVolumeClaim: { claimName: 'x' } }] }) ?? '', /persistentvolumeclaims/);
  assert.match(createPod({ resourceClaims: [{ name: 'x' }] }) ?? '', /reference resourceclaims/);
  assert.match(
    createPod({ volumes: [{ projected: { sources: [{ clusterTrustBundle: {} }] } }] }) ?? '',
    /clustertrustbundles/,
  );
});

test('NodeRestriction keeps a node to its own pods', () => {
  const pods = { resource: RESOURCES.pods };
  const mine = pod('mine', 'n1');
  const theirs = pod('theirs', 'n2');
  assert.equal(restricted({ ...pods, operation: 'DELETE', oldObject: mine, name: 'mine' }), undefined);
  assert.match(
    restricted({ ...pods, operation: 'DELETE', oldObject: theirs }) ?? '',
    /can only delete pods with spec.nodeName/,
  );
  assert.match(
    restricted({ ...pods, operation: 'UPDATE', object: mine, oldObject: mine }) ?? '',
    /only create and delete mirror/,
  );
  const status = { ...pods, operation: 'UPDATE', subresource: 'status' };
  assert.equal(
    restricted({ ...status, object: { ...mine, status: { phase: 'Running' } }, oldObject: mine }),
    undefined,
  );
  assert.match(
    restricted({ ...status, object: theirs, oldObject: theirs }) ?? '',
    /can only update pod status for pods/,
  );
  const labelled = { ...mine, metadata: { ...mine.metadata, labels: { a: 'b' } } };
  assert.match(
    restricted({ ...status, object: labelled, oldObject: mine }) ?? '',
    /cannot update labels through pod status/,
  );
  const claims = { ...mine, status: { resourceClaimStatuses: [{ name: 'x', resourceClaimName: 'y' }] } };
  assert.match(restricted({ ...status, object: claims, oldObject: mine }) ?? '', /resource claim statuses/);
  const eviction = { ...pods, operation: 'CREATE', subresource: 'eviction', object: { metadata: {} } };
  assert.equal(restricted({ ...eviction, name: 'mine' }), undefined);
  assert.match(restricted({ ...eviction, name: 'theirs' }) ?? '', /can only evict pods/);
  assert.match(
    restricted({ ...pods, operation: 'CREATE', subresource: 'binding', object: mine }) ?? '',
    /unexpected pod subresource/,
  );
});

test('NodeRestriction keeps a node from labels, taints and owners of its node', () => {
  const node = (metadata: object = {}, spec: object = {}) => ({ metadata: { name: 'n1', ...metadata }, spec });
  const create = (object: object) => restricted({ resource: RESOURCES.nodes, operation: 'CREATE', object });
  const update = (object: object) =>
    restricted({ resource: RESOURCES.nodes, operation: 'UPDATE', object, oldObject: node(), name: 'n1' });
  assert.equal(
    create(node({ labels: { 'kubernetes.io/hostname': 'n1', 'example.com/x': 'y', plain: 'z' } })),
    undefined,
  );
  assert.equal(update(node({ labels: { 'node.kubernetes.io/x': 'y', 'kubelet.kubernetes.io/z': '1' } })), undefined);
  assert.match(create({ metadata: { name: 'n2' } }) ?? '', /not allowed to modify node "n2"/);
  for (const label of [
    'node-restriction.kubernetes.io/a',
    'x.node-restriction.kubernetes.io/a',
    'node-role.kubernetes.io/master',
    'a.k8s.io/b',
  ]) {
    assert.equal(update(node({ labels: { [label]: 'x' } })), `is not allowed to modify labels: ${label}`);
    assert.match(create(node({ labels: { [label]: 'x' } })) ?? '', /not allowed to set the following labels/);
  }
  assert.match(update(node({}, { taints: [{ key: 'a' }] })) ?? '', /modify taints/);
  assert.match(update(node({ ownerReferences: [OWNER] })) ?? '', /modify ownerReferences/);
  assert.match(restricted({ resource: RESOURCES.nodes, operation: 'DELETE', name: 'n2' }) ?? '', /modify node "n2"/);
});

test('NodeRestriction gives tokens bound to own pods alone', () => {
  const ask = (boundObjectRef: unknown) =>
    restricted({
      resource: RESOURCES.serviceAccounts,
      operation: 'CREATE',
      subresource: 'token',
      object: { metadata: {}, spec: { boundObjectRef } },
    });
  const ref = { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: 'uid-mine' };
  assert.equal(ask(ref), undefined);
  assert.match(ask(undefined) ?? '', /not bound to a pod/);
  assert.match(ask({ ...ref, kind: 'Node' }) ?? '', /not bound to a pod/);
  assert.match(ask({ ...ref, uid: undefined }) ?? '', /without a uid/);
  assert.match(ask({ ...ref, uid: 'old' }) ?? '', /does not match the UID in record/);
  assert.match(ask({ ...ref, name: 'theirs', uid: 'uid-theirs' }) ?? '', /scheduled on a different node/);
  assert.match(ask({ ...ref, name: 'lost' }) ?? '', /not found/);
});

test('NodeRestriction keeps a node to its lease, CSINode, slices and the growth of claims', () => {
  const lease = { resource: { group: 'coordination.k8s.io', resource: 'leases' }, operation: 'CREATE' };
  const named = (name: string, spec: object = {}) => ({ metadata: { name }, spec });
  assert.equal(restricted({ ...lease, namespace: 'kube-node-lease', object: named('n1') }), undefined);
  assert.match(restricted({ ...lease, namespace: 'kube-node-lease', object: named('n2') }) ?? '', /same name/);
  assert.match(restricted({ ...lease, object: named('n1') }) ?? '', /"kube-node-lease" system namespace/);
  const csi = { resource: { group: 'storage.k8s.io', resource: 'csinodes' } };
  assert.match(
    restricted({ ...csi, operation: 'UPDATE', name: 'n2', object: named('n2') }) ?? '',
    /CSINode with the same name/,
  );
  const slice = { resource: RESOURCES.resourceSlices, namespace: '' };
  assert.equal(restricted({ ...slice, operation: 'CREATE', object: named('s', { nodeName: 'n1' }) }), undefined);
  assert.match(
    restricted({ ...slice, operation: 'CREATE', object: named('s', { nodeName: 'n2' }) }) ?? '',
    /same NodeName/,
  );
  assert.match(
    restricted({ ...slice, operation: 'DELETE', oldObject: named('s', { nodeName: 'n2' }) }) ?? '',
    /same NodeName/,
  );
  const claim = {
    resource: { group: '', resource: 'persistentvolumeclaims' },
    operation: 'UPDATE',
    subresource: 'status',
  };
  const old = { metadata: { name: 'c', resourceVersion: '1' }, spec: {}, status: { phase: 'Bound' } };
  const grown = { ...old, metadata: { name: 'c' }, status: { phase: 'Bound', capacity: { storage: '2Gi' } } };
  assert.equal(restricted({ ...claim, object: grown, oldObject: old }), undefined);
  const relabelled = { ...grown, metadata: { name: 'c', labels: { a: 'b' } } };
  assert.match(restricted({ ...claim, object: relabelled, oldObject: old }) ?? '', /fields other than status.capacity/);
  assert.match(
    restricted({ ...claim, subresource: '', object: grown, oldObject: old }) ?? '',
    /may only update PVC status/,
  );
});
