import assert from 'node:assert/strict';
import { it } from 'node:test';
import { builtinRow, customRow, everyRow } from '../openapi/testing/rows.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiGroups,
  apiResourceList,
  apiVersions,
  compareGroups,
  compareVersions,
  storageVersionHash,
} from './mod.ts';

const pod = builtinRow('', 'v1', 'Pod', {
  shortNames: ['po'],
  categories: ['all'],
  verbs: ['watch', 'get', 'create'],
  subresources: {
    status: { verbs: ['update', 'get', 'patch'] },
    eviction: { verbs: ['create'], body: { group: 'policy', version: 'v1', kind: 'Eviction' } },
    exec: { verbs: ['create', 'get'], body: { group: '', version: 'v1', kind: 'PodExecOptions' } },
  },
});
const review = builtinRow('authorization.k8s.io', 'v1', 'SubjectAccessReview', {
  namespaced: false,
  verbs: ['create'],
  stored: false,
});
const cron = customRow(
  'stable.example.com',
  'CronTab',
  { v1beta1: {}, v1: {}, v2alpha1: {} },
  { storageVersion: 'v1' },
);
const rows = [cron, review, builtinRow('', 'v1', 'Binding', { verbs: ['create'] }), pod];

it('apiResourceList tells names, verbs in order, and the kinds of subresources', () => {
  const list = apiResourceList(rows, '', 'v1');
  assert.equal(list?.groupVersion, 'v1');
  assert.deepEqual(
    list?.resources.map(({ name }) => name),
    ['bindings', 'pods', 'pods/eviction', 'pods/exec', 'pods/status'],
  );
  assert.deepEqual(list?.resources[1], {
    name: 'pods',
    singularName: 'pod',
    namespaced: true,
    kind: 'Pod',
    verbs: ['create', 'get', 'watch'],
    shortNames: ['po'],
    categories: ['all'],
    storageVersionHash: 'xPOwRZ+Yhw8=',
  });
  assert.deepEqual(list?.resources[2], {
    name: 'pods/eviction',
    singularName: '',
    namespaced: true,
    group: 'policy',
    version: 'v1',
    kind: 'Eviction',
    verbs: ['create'],
  });
  assert.equal(list?.resources[3]?.group, undefined);
});

it('apiResourceList knows nothing of what is not served', () => {
  for (const [group, version] of [
    ['', 'v2'],
    ['apps', 'v1'],
    ['constructor', 'v1'],
  ] as const) {
    assert.equal(apiResourceList(rows, group, version), undefined);
  }
});

it('storageVersionHash is the one that upstream computes, and absent where nothing is stored', () => {
  assert.equal(storageVersionHash(builtinRow('apps', 'v1', 'Deployment')), '8aSe+NMegvE=');
  assert.equal(apiResourceList(rows, 'authorization.k8s.io', 'v1')?.resources[0]?.storageVersionHash, undefined);
});

it('apiGroupList and apiGroup tell groups with the preferred version, apiVersions the core', () => {
  const groupVersions = ['v1', 'v1beta1', 'v2alpha1'].map((version) => ({
    groupVersion: `stable.example.com/${version}`,
    version,
  }));
  assert.deepEqual(apiGroup(rows, 'stable.example.com'), {
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: 'stable.example.com',
    versions: groupVersions,
    preferredVersion: groupVersions[0],
  });
  assert.equal(apiGroup(rows, 'apps'), undefined);
  assert.equal(apiGroup(rows, ''), undefined);
  assert.deepEqual(
    apiGroups(rows).map(({ name }) => name),
    ['authorization.k8s.io', 'stable.example.com'],
  );
  assert.deepEqual(apiGroupList([]), { kind: 'APIGroupList', apiVersion: 'v1', groups: [] });
  assert.deepEqual(apiVersions(rows, '127.0.0.1:6443'), {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
  });
});

it('aggregatedDiscovery has it all in one answer, the core under /api only', () => {
  assert.deepEqual(aggregatedDiscovery([pod], 'api'), {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: [
      {
        metadata: { creationTimestamp: null },
        versions: [
          {
            version: 'v1',
            resources: [
              {
                resource: 'pods',
                responseKind: { group: '', version: 'v1', kind: 'Pod' },
                scope: 'Namespaced',
                singularResource: 'pod',
                verbs: ['create', 'get', 'watch'],
                shortNames: ['po'],
                categories: ['all'],
                subresources: [
                  {
                    subresource: 'eviction',
                    responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
                    verbs: ['create'],
                  },
                  {
                    subresource: 'exec',
                    responseKind: { group: '', version: 'v1', kind: 'PodExecOptions' },
                    verbs: ['create', 'get'],
                  },
                  {
                    subresource: 'status',
                    responseKind: { group: '', version: 'v1', kind: 'Pod' },
                    verbs: ['get', 'patch', 'update'],
                  },
                ],
              },
            ],
            freshness: 'Current',
          },
        ],
      },
    ],
  });
  assert.deepEqual(aggregatedDiscovery([pod], 'apis', 'v2beta1'), {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2beta1',
    metadata: {},
    items: [],
  });
});

it('compareVersions prefers what is stable and new', () => {
  const versions = [
    'v1',
    'foo10',
    'v1alpha1',
    'v2',
    'v10',
    'v3beta1',
    'v11alpha2',
    'v12alpha1',
    'v3beta2',
    'foo1',
    'v0',
  ];
  assert.deepEqual(versions.toSorted(compareVersions), [
    ...['v10', 'v2', 'v1', 'v0', 'v3beta2', 'v3beta1', 'v12alpha1', 'v11alpha2', 'v1alpha1', 'foo1', 'foo10'],
  ]);
});

it('compareGroups puts the built-in ones first, in their own order, then the rest by name', () => {
  const groups = ['zoo.example.com', 'rbac.authorization.k8s.io', 'apps', 'a.example.com', ''];
  assert.deepEqual(groups.toSorted(compareGroups), [
    ...['', 'apps', 'rbac.authorization.k8s.io', 'a.example.com', 'zoo.example.com'],
  ]);
  const known = new Set(everyRow().map(({ group }) => group));
  for (const group of known) assert.ok(compareGroups(group, 'a.example.com') < 0, `${group} has no place of its own`);
});
