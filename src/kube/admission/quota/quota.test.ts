import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupResource, KubeObject } from '#kube/api';
import type { ResourceQuota } from '#kube/api/resources';
import { attributesFor, pod } from '../testing/attributes.ts';
import { charge, openAccount } from './charge.ts';
import { quotaEvaluator } from './evaluator.ts';
import { formatUsage } from './usage.ts';

const POD = { group: '', resource: 'pods' };

function quota(hard: Record<string, string>, used: Record<string, string> = {}, spec: Record<string, unknown> = {}) {
  const zero = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  const status = { hard, used: { ...zero, ...used } };
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'shop' },
    spec,
    status,
  } as ResourceQuota;
}

function usage(resource: GroupResource, object: KubeObject): Record<string, string> | undefined {
  return quotaEvaluator(resource)?.usage(object);
}

const sized = (requests: Record<string, string>, limits: Record<string, string> = {}) => ({
  name: 'a',
  resources: { requests, limits },
});

const POD_USAGES: readonly (readonly [title: string, object: KubeObject, used: Record<string, string>])[] = [
  ['of a plain pod', pod(), { 'count/pods': '1', pods: '1' }],
  [
    'of all its containers',
    pod({ containers: [sized({ cpu: '100m' }, { memory: '1Gi' }), sized({ cpu: '200m', 'example.com/gpu': '1' })] }),
    {
      'count/pods': '1',
      pods: '1',
      cpu: '300m',
      'requests.cpu': '300m',
      'requests.example.com/gpu': '1',
      'limits.memory': '1Gi',
    },
  ],
  [
    'of the largest init container, and overhead',
    pod({ initContainers: [sized({ cpu: '2' })], containers: [sized({ cpu: '1' })], overhead: { cpu: '250m' } }),
    { 'count/pods': '1', pods: '1', cpu: '2250m', 'requests.cpu': '2250m' },
  ],
  [
    'of a pod that is done',
    { ...pod({ containers: [sized({ cpu: '1' })] }), status: { phase: 'Succeeded' } },
    { 'count/pods': '1' },
  ],
];
for (const [title, object, used] of POD_USAGES) {
  test(`quotaEvaluator counts pods: ${title}`, () => assert.deepEqual(usage(POD, object), used));
}

test('quotaEvaluator counts services, their node ports and load balancers', () => {
  const service = (spec: Record<string, unknown>) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec,
  });
  const counts = (spec: Record<string, unknown>) => {
    const used = usage({ group: '', resource: 'services' }, service(spec));
    return [used?.services, used?.['services.nodeports'], used?.['services.loadbalancers']];
  };
  const ports = [{ port: 1 }, { port: 2, nodePort: 30_000 }];
  assert.deepEqual(counts({ type: 'ClusterIP', ports }), ['1', '0', '0']);
  assert.deepEqual(counts({ type: 'NodePort', ports }), ['1', '2', '0']);
  assert.deepEqual(counts({ type: 'LoadBalancer', ports }), ['1', '2', '1']);
  assert.deepEqual(counts({ type: 'LoadBalancer', ports, allocateLoadBalancerNodePorts: false }), ['1', '1', '1']);
});

test('quotaEvaluator counts claims and their storage, in all and by class', () => {
  const spec = { storageClassName: 'fast', resources: { requests: { storage: '5Gi' } } };
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec };
  assert.deepEqual(usage({ group: '', resource: 'persistentvolumeclaims' }, claim), {
    'count/persistentvolumeclaims': '1',
    persistentvolumeclaims: '1',
    'requests.storage': '5Gi',
    'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    'fast.storageclass.storage.k8s.io/requests.storage': '5Gi',
  });
});

test('quotaEvaluator counts any other objects, and no questions', () => {
  const object = { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } };
  assert.deepEqual(usage({ group: 'apps', resource: 'deployments' }, object), { 'count/deployments.apps': '1' });
  assert.deepEqual(usage({ group: '', resource: 'secrets' }, object), { 'count/secrets': '1', secrets: '1' });
  assert.equal(quotaEvaluator({ group: 'authorization.k8s.io', resource: 'localsubjectaccessreviews' }), undefined);
  assert.equal(quotaEvaluator({ group: '', resource: 'events' }), undefined);
});

/** Charges a pod; answers what is used then. */
function charged(q: ResourceQuota, object: KubeObject, oldObject?: KubeObject): string {
  const evaluator = quotaEvaluator(POD);
  assert.ok(evaluator);
  const account = openAccount(q);
  const update = oldObject === undefined ? {} : ({ operation: 'UPDATE', subresource: 'resize', oldObject } as const);
  charge(attributesFor({ object, ...update }), evaluator, [account]);
  return formatUsage(account.used, [...account.hard.keys()]);
}

test('charge adds what a pod uses, and no more than there is', () => {
  assert.equal(
    charged(quota({ pods: '2', cpu: '1' }, { pods: '1' }), pod({ containers: [sized({ cpu: '1' })] })),
    'pods=2,cpu=1',
  );
  assert.throws(() => charged(quota({ pods: '2' }, { pods: '2' }), pod()), {
    code: 403,
    message: 'pods "web" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
  });
  const large = pod({ containers: [sized({ cpu: '600m' }, { memory: '2Gi' })] });
  assert.throws(
    () => charged(quota({ 'requests.cpu': '1', 'limits.memory': '1Gi', pods: '9' }, { 'requests.cpu': '500m' }), large),
    {
      message:
        'pods "web" is forbidden: exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=600m, ' +
        'used: limits.memory=0,requests.cpu=500m, limited: limits.memory=1Gi,requests.cpu=1',
    },
  );
});

test('charge wants containers to say what is counted', () => {
  const object = pod({ containers: [{ name: 'b' }, sized({ cpu: '1' })] });
  assert.throws(() => charged(quota({ 'requests.cpu': '9', 'limits.cpu': '9' }), object), {
    message: 'pods "web" is forbidden: failed quota: q: must specify limits.cpu for: a,b; requests.cpu for: b',
  });
});

test('charge does not guess what is used', () => {
  const unknown = quota({ pods: '1' });
  unknown.status = { hard: { pods: '1' } };
  assert.throws(() => charged(unknown, pod()), { message: /status unknown for quota: q, resources: pods/ });
});

test('charge takes the difference on updates, and always lets things shrink', () => {
  const [small, large] = [pod({ containers: [sized({ cpu: '1' })] }), pod({ containers: [sized({ cpu: '3' })] })];
  assert.equal(charged(quota({ cpu: '3' }, { cpu: '1' }), large, small), 'cpu=3');
  assert.equal(charged(quota({ cpu: '1' }, { cpu: '3' }), small, large), 'cpu=1');
  assert.throws(
    () => charged(quota({ cpu: '2' }, { cpu: '1' }), large, small),
    /requested: cpu=2, used: cpu=1, limited: cpu=2/,
  );
});

const [BEST_EFFORT, URGENT] = [
  pod(),
  pod({ priorityClassName: 'urgent', activeDeadlineSeconds: 5, containers: [sized({ cpu: '1' })] }),
];
const CROSSING = pod({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['other'] }] } },
});
const select = (operator: string, ...values: string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
});
const SCOPES: readonly (readonly [spec: Record<string, unknown>, object: KubeObject, counted: boolean])[] = [
  [{ scopes: ['BestEffort'] }, BEST_EFFORT, true],
  [{ scopes: ['BestEffort'] }, URGENT, false],
  [{ scopes: ['NotBestEffort'] }, URGENT, true],
  [{ scopes: ['Terminating'] }, URGENT, true],
  [{ scopes: ['NotTerminating'] }, URGENT, false],
  [{ scopes: ['NotTerminating', 'BestEffort'] }, BEST_EFFORT, true],
  [{ scopes: ['CrossNamespacePodAffinity'] }, CROSSING, true],
  [{ scopes: ['CrossNamespacePodAffinity'] }, BEST_EFFORT, false],
  [select('In', 'urgent', 'x'), URGENT, true],
  [select('In', 'x'), URGENT, false],
  [select('NotIn', 'x'), URGENT, true],
  [select('Exists'), BEST_EFFORT, false],
  [select('DoesNotExist'), BEST_EFFORT, true],
];
for (const [spec, object, counted] of SCOPES) {
  test(`charge: ${JSON.stringify(spec)} ${counted ? 'counts' : 'does not count'} ${JSON.stringify(object.spec)}`, () => {
    assert.equal(charged(quota({ pods: '5' }, {}, spec), object), `pods=${counted ? 1 : 0}`);
  });
}
