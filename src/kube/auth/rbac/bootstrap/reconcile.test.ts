import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GroupVersionResource, KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { ApiServer } from '#kube/apiserver';
import { openStorage } from '../../../storage/open.ts';
import { RESOURCES } from '../../objects.ts';
import { requestInfo } from '../../request-info.ts';
import { MemoryObjects } from '../../testing/memory-objects.ts';
import { RbacAuthorizer } from '../rbac-authorizer.ts';
import type { PolicyRule } from '../types.ts';
import { bootstrapPolicy } from './policy.ts';
import { reconcileBootstrapPolicy } from './reconcile.ts';

const GROUP = 'rbac.authorization.k8s.io';
const CLUSTER_ROLES: GroupVersionResource = { group: GROUP, version: 'v1', resource: 'clusterroles' };
const CLUSTER_BINDINGS: GroupVersionResource = { group: GROUP, version: 'v1', resource: 'clusterrolebindings' };

/** A real API server over memory. */
async function cluster(scope: AsyncDisposableStack) {
  const storage = scope.use(await openStorage('memory'));
  const server = scope.use(new ApiServer({ storage, rows: builtinResources() }));
  return server.client({ user: { name: 'system:apiserver', groups: ['system:masters'] }, userAgent: 'test' });
}

test('reconcileBootstrapPolicy fills a new cluster, and finds nothing to do in it again', async () => {
  await using scope = new AsyncDisposableStack();
  const client = await cluster(scope);
  await reconcileBootstrapPolicy(client);
  const policy = bootstrapPolicy();
  const before = await client.list(CLUSTER_ROLES);
  assert.equal(before.items.length, policy.clusterRoles.length);
  assert.equal((await client.list(CLUSTER_BINDINGS)).items.length, policy.clusterRoleBindings.length);
  const { metadata } = await client.get(CLUSTER_ROLES, { name: 'view' });
  assert.equal(metadata.labels?.['kubernetes.io/bootstrapping'], 'rbac-defaults');
  assert.equal(metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'], 'true');
  await reconcileBootstrapPolicy(client);
  assert.equal((await client.list(CLUSTER_ROLES)).metadata.resourceVersion, before.metadata.resourceVersion);
});

test('reconcileBootstrapPolicy puts back what was taken away and leaves what was added', async () => {
  await using scope = new AsyncDisposableStack();
  const client = await cluster(scope);
  await reconcileBootstrapPolicy(client);
  const own: PolicyRule = { verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] };
  const role = await client.get(CLUSTER_ROLES, { name: 'system:kube-dns' });
  await client.update(CLUSTER_ROLES, {
    ...role,
    rules: [own, { verbs: ['list'], apiGroups: [''], resources: ['services'] }],
  });
  const binding = await client.get(CLUSTER_BINDINGS, { name: 'system:discovery' });
  await client.update(CLUSTER_BINDINGS, { ...binding, subjects: [{ kind: 'User', name: 'x', apiGroup: GROUP }] });
  await client.delete(CLUSTER_ROLES, { name: 'cluster-admin' });
  await reconcileBootstrapPolicy(client);
  const rules = (await client.get(CLUSTER_ROLES, { name: 'system:kube-dns' })).rules as PolicyRule[];
  assert.deepEqual(rules[0], own);
  assert.deepEqual(rules.at(-1), { verbs: ['list', 'watch'], apiGroups: [''], resources: ['endpoints', 'services'] });
  const subjects = (await client.get(CLUSTER_BINDINGS, { name: 'system:discovery' })).subjects as { name: string }[];
  assert.deepEqual(
    subjects.map(({ name }) => name),
    ['x', 'system:authenticated'],
  );
  assert.ok(await client.get(CLUSTER_ROLES, { name: 'cluster-admin' }));
});

test('reconcileBootstrapPolicy leaves alone what an administrator froze, and makes bindings of other roles anew', async () => {
  await using scope = new AsyncDisposableStack();
  const client = await cluster(scope);
  await reconcileBootstrapPolicy(client);
  const role = await client.get(CLUSTER_ROLES, { name: 'system:kube-dns' });
  const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
  await client.update(CLUSTER_ROLES, { ...role, metadata: { ...role.metadata, annotations }, rules: [] });
  await client.delete(CLUSTER_BINDINGS, { name: 'system:kube-dns' });
  await client.create(CLUSTER_BINDINGS, {
    apiVersion: `${GROUP}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'system:kube-dns' },
    roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'cluster-admin' },
  });
  await reconcileBootstrapPolicy(client);
  assert.equal(
    ((await client.get(CLUSTER_ROLES, { name: 'system:kube-dns' })).rules as unknown[] | undefined)?.length ?? 0,
    0,
  );
  const { roleRef } = await client.get(CLUSTER_BINDINGS, { name: 'system:kube-dns' });
  assert.equal((roleRef as { name: string }).name, 'system:kube-dns');
});

/** An authorizer over the default policy, with view, edit and admin put together as their controller does it. */
function defaults() {
  const policy = bootstrapPolicy();
  const objects = new MemoryObjects();
  const rulesOf = (label: string): unknown[] =>
    policy.clusterRoles.flatMap((role) => {
      if (role.metadata.labels?.[label] !== 'true') return [];
      return role.aggregationRule === undefined ? (role.rules as unknown[]) : rulesOf(selectorOf(role));
    });
  const selectorOf = (role: KubeObject) => {
    const { clusterRoleSelectors } = role.aggregationRule as { clusterRoleSelectors: { matchLabels: object }[] };
    return Object.keys(clusterRoleSelectors[0]?.matchLabels ?? {})[0] as string;
  };
  for (const role of policy.clusterRoles) {
    objects.put(RESOURCES.clusterRoles, role.aggregationRule ? { ...role, rules: rulesOf(selectorOf(role)) } : role);
  }
  for (const binding of policy.clusterRoleBindings) objects.put(RESOURCES.clusterRoleBindings, binding);
  for (const role of policy.roles) objects.put(RESOURCES.roles, role);
  for (const binding of policy.roleBindings) objects.put(RESOURCES.roleBindings, binding);
  for (const name of ['admin', 'edit', 'view']) {
    objects.put(RESOURCES.roleBindings, {
      apiVersion: `${GROUP}/v1`,
      kind: 'RoleBinding',
      metadata: { namespace: 'a', name },
      roleRef: { kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', name }],
    });
  }
  const authorizer = new RbacAuthorizer(objects);
  return (name: string, groups: string[], method: string, url: string) =>
    authorizer.authorize({ ...requestInfo(method, url), user: { name, groups } }).decision === 'allow';
}

const A = '/api/v1/namespaces/a';
const AUTHENTICATED = ['system:authenticated'];
const NOBODY = ['system:unauthenticated'];

const RIGHTS: readonly [string, string[], string, string, boolean][] = [
  ['anybody', AUTHENTICATED, 'GET', '/api', true],
  ['anybody', AUTHENTICATED, 'GET', '/openapi/v3/apis/apps/v1', true],
  ['anybody', AUTHENTICATED, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', true],
  ['anybody', AUTHENTICATED, 'GET', '/api/v1/pods', false],
  ['anybody', AUTHENTICATED, 'GET', '/metrics', false],
  ['nobody', NOBODY, 'GET', '/version', true],
  ['nobody', NOBODY, 'GET', '/livez', true],
  ['nobody', NOBODY, 'GET', '/api', false],
  ['nobody', NOBODY, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', false],
  ['root', ['system:masters'], 'DELETE', '/api/v1/nodes', true],
  ['view', [], 'GET', `${A}/pods`, true],
  ['view', [], 'GET', `${A}/pods/x/log`, true],
  ['view', [], 'GET', `${A}/secrets`, false],
  ['view', [], 'DELETE', `${A}/pods/x`, false],
  ['view', [], 'GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/a/roles', false],
  ['edit', [], 'GET', `${A}/secrets/x`, true],
  ['edit', [], 'POST', `${A}/pods/x/exec`, true],
  ['edit', [], 'POST', `${A}/serviceaccounts/x/token`, true],
  ['edit', [], 'PUT', `${A}/resourcequotas/x`, false],
  ['edit', [], 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings', false],
  ['edit', [], 'POST', '/apis/discovery.k8s.io/v1/namespaces/a/endpointslices', false],
  ['admin', [], 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/a/rolebindings', true],
  ['admin', [], 'GET', `${A}/pods`, true],
  ['admin', [], 'PUT', `${A}/resourcequotas/x`, false],
  ['admin', [], 'GET', '/api/v1/namespaces/b/pods', false],
  [
    'system:serviceaccount:kube-system:deployment-controller',
    [],
    'POST',
    '/apis/apps/v1/namespaces/a/replicasets',
    true,
  ],
  ['system:serviceaccount:default:deployment-controller', [], 'POST', '/apis/apps/v1/namespaces/a/replicasets', false],
  ['system:kube-scheduler', [], 'POST', `${A}/pods/x/binding`, true],
  ['system:node:n', ['system:nodes'], 'GET', `${A}/secrets/x`, false],
  ['x', ['system:serviceaccounts'], 'GET', '/openid/v1/jwks', true],
];

test('the default policy gives what upstream gives', () => {
  const may = defaults();
  for (const [name, groups, method, url, allowed] of RIGHTS) {
    assert.equal(may(name, groups, method, url), allowed, `${name} ${method} ${url}`);
  }
});

test('the default policy has each name once and rules that say something', () => {
  const { clusterRoles, clusterRoleBindings } = bootstrapPolicy();
  for (const objects of [clusterRoles, clusterRoleBindings]) {
    assert.equal(new Set(objects.map(({ metadata }) => metadata.name)).size, objects.length);
  }
  for (const role of clusterRoles) {
    for (const rule of (role.rules ?? []) as PolicyRule[]) {
      assert.ok(
        rule.verbs.length > 0 && (rule.resources?.length ?? rule.nonResourceURLs?.length ?? 0) > 0,
        String(role.metadata.name),
      );
    }
  }
});
