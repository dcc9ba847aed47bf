import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthorizationAttributes, UserInfo } from '../contract.ts';
import { RESOURCES } from '../objects.ts';
import { requestInfo } from '../request-info.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import type { PolicyRule, RoleRef, Subject } from './types.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';

/** An authorizer over roles that tests put in. */
function world() {
  const objects = new MemoryObjects();
  const authorizer = new RbacAuthorizer(objects);
  return {
    objects,
    authorizer,
    clusterRole: (name: string, ...rules: PolicyRule[]) =>
      objects.put(RESOURCES.clusterRoles, { apiVersion, kind: 'ClusterRole', metadata: { name }, rules }),
    role: (namespace: string, name: string, ...rules: PolicyRule[]) =>
      objects.put(RESOURCES.roles, { apiVersion, kind: 'Role', metadata: { namespace, name }, rules }),
    bindCluster: (name: string, role: string, ...subjects: Subject[]) =>
      objects.put(RESOURCES.clusterRoleBindings, {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name },
        roleRef: { kind: 'ClusterRole', name: role },
        subjects,
      }),
    bind: (namespace: string, name: string, roleRef: RoleRef, ...subjects: Subject[]) =>
      objects.put(RESOURCES.roleBindings, {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { namespace, name },
        roleRef,
        subjects,
      }),
  };
}

function ask(method: string, url: string, user: Partial<UserInfo> & { name: string }): AuthorizationAttributes {
  return { ...requestInfo(method, url), user: { groups: [], ...user } };
}

function may(authorizer: RbacAuthorizer, method: string, url: string, name: string, groups: string[] = []): boolean {
  return authorizer.authorize(ask(method, url, { name, groups })).decision === 'allow';
}

const jane: Subject = { kind: 'User', name: 'jane' };
const READ_PODS: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

test('a cluster role binding gives its rules everywhere, a role binding in its namespace', () => {
  const { authorizer, clusterRole, bindCluster, bind } = world();
  clusterRole('reader', READ_PODS);
  bindCluster('all', 'reader', jane);
  bind('a', 'some', { kind: 'ClusterRole', name: 'reader' }, { kind: 'User', name: 'joe' });
  assert.ok(may(authorizer, 'GET', '/api/v1/pods', 'jane'));
  assert.ok(may(authorizer, 'GET', '/api/v1/namespaces/b/pods/x', 'jane'));
  assert.ok(may(authorizer, 'GET', '/api/v1/namespaces/a/pods/x', 'joe'));
  assert.ok(!may(authorizer, 'GET', '/api/v1/namespaces/b/pods/x', 'joe'));
  assert.ok(!may(authorizer, 'GET', '/api/v1/pods', 'joe'));
  assert.ok(!may(authorizer, 'DELETE', '/api/v1/namespaces/a/pods/x', 'joe'));
  assert.ok(!may(authorizer, 'GET', '/apis/metrics.k8s.io/v1beta1/namespaces/a/pods/x', 'jane'), 'another group');
});

test('the reason of a decision names the binding, or the role that is missing', () => {
  const { authorizer, clusterRole, bindCluster, bind } = world();
  bindCluster('all', 'reader', { kind: 'Group', name: 'dev' });
  const question = ask('GET', '/api/v1/namespaces/a/pods', { name: 'jane', groups: ['dev'] });
  assert.deepEqual(authorizer.authorize(question), {
    decision: 'noOpinion',
    reason: 'RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found',
  });
  clusterRole('reader', READ_PODS);
  assert.deepEqual(authorizer.authorize(question), {
    decision: 'allow',
    reason: 'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to Group "dev"',
  });
  bind('a', 'one', { kind: 'ClusterRole', name: 'reader' }, { kind: 'ServiceAccount', name: 'robot', namespace: 'b' });
  assert.equal(
    authorizer.authorize(ask('GET', '/api/v1/namespaces/a/pods', { name: 'system:serviceaccount:b:robot' })).reason,
    'RBAC: allowed by RoleBinding "one/a" of ClusterRole "reader" to ServiceAccount "robot/b"',
  );
});

test('a right on a resource is none on its subresources', () => {
  const { authorizer, clusterRole, bindCluster } = world();
  clusterRole(
    'some',
    { verbs: ['*'], apiGroups: [''], resources: ['pods', 'pods/log'] },
    { verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] },
  );
  bindCluster('some', 'some', jane);
  assert.ok(may(authorizer, 'GET', '/api/v1/namespaces/a/pods/x/log', 'jane'));
  for (const url of ['exec', 'attach', 'token', 'ephemeralcontainers', 'log%2Fx/y', 'LOG', 'proxy/log']) {
    assert.ok(url.startsWith('log') || !may(authorizer, 'POST', `/api/v1/namespaces/a/pods/x/${url}`, 'jane'), url);
  }
  assert.ok(!may(authorizer, 'POST', '/api/v1/namespaces/a/pods/x%2Fexec', 'jane'), 'an encoded slash');
  assert.ok(!may(authorizer, 'POST', '/api/v1/namespaces/a/pods//exec', 'jane'), 'an empty name');
  assert.ok(may(authorizer, 'GET', '/apis/apps/v1/namespaces/a/deployments/x/scale', 'jane'));
  assert.ok(!may(authorizer, 'GET', '/apis/apps/v1/namespaces/a/deployments/x', 'jane'));
});

test('resource names limit a rule to single objects, also of lists and watches by name', () => {
  const { authorizer, role, bind } = world();
  role('a', 'one', { verbs: ['*'], apiGroups: [''], resources: ['secrets'], resourceNames: ['token'] });
  bind('a', 'one', { kind: 'Role', name: 'one' }, jane);
  const base = '/api/v1/namespaces/a/secrets';
  assert.ok(may(authorizer, 'GET', `${base}/token`, 'jane'));
  assert.ok(!may(authorizer, 'GET', `${base}/other`, 'jane'));
  assert.ok(!may(authorizer, 'GET', base, 'jane'));
  assert.ok(!may(authorizer, 'POST', base, 'jane'));
  assert.ok(!may(authorizer, 'DELETE', base, 'jane'));
  assert.ok(may(authorizer, 'GET', `${base}?watch=1&fieldSelector=metadata.name%3Dtoken`, 'jane'));
  assert.ok(!may(authorizer, 'DELETE', `${base}?fieldSelector=metadata.name%3Dtoken`, 'jane'), 'deletes by selector');
});

test('paths match exactly or by their beginning', () => {
  const { authorizer, clusterRole, bindCluster } = world();
  clusterRole('paths', { verbs: ['get'], nonResourceURLs: ['/healthz', '/openapi/*'] });
  bindCluster('paths', 'paths', { kind: 'Group', name: 'system:unauthenticated' });
  const path = (url: string) => may(authorizer, 'GET', url, 'system:anonymous', ['system:unauthenticated']);
  assert.deepEqual(['/healthz', '/openapi/v3', '/healthz/x', '/openapi', '/metrics', '/'].map(path), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('a binding of the cluster cannot name a role of a namespace', () => {
  const { authorizer, objects, role } = world();
  role('', 'root', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] });
  objects.put(RESOURCES.clusterRoleBindings, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'x' },
    roleRef: { kind: 'Role', name: 'root' },
    subjects: [jane],
  });
  assert.ok(!may(authorizer, 'GET', '/api/v1/pods', 'jane'));
});

test('changes of roles and bindings count at once', () => {
  const { authorizer, objects, clusterRole, bindCluster } = world();
  const pods = () => may(authorizer, 'GET', '/api/v1/pods', 'jane');
  assert.ok(!pods());
  clusterRole('reader', READ_PODS);
  assert.ok(!pods());
  bindCluster('all', 'reader', jane);
  assert.ok(pods());
  clusterRole('reader', { verbs: ['get'], apiGroups: [''], resources: ['nodes'] });
  assert.ok(!pods());
  clusterRole('reader', READ_PODS);
  assert.ok(pods());
  objects.remove(RESOURCES.clusterRoleBindings, '', 'all');
  assert.ok(!pods());
});

test('names of users, groups and roles may be those of object members', () => {
  const { authorizer, clusterRole, bindCluster } = world();
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    assert.ok(!may(authorizer, 'GET', '/api/v1/pods', name, [name]), name);
    assert.ok(!may(authorizer, name, `/api/${name}/namespaces/${name}/${name}/${name}`, name), name);
  }
  clusterRole('__proto__', READ_PODS);
  bindCluster('__proto__', '__proto__', { kind: 'User', name: '__proto__' });
  assert.ok(may(authorizer, 'GET', '/api/v1/pods', '__proto__'));
  assert.ok(!may(authorizer, 'GET', '/api/v1/pods', 'constructor'));
});

test('a service account is not the user whose name is spelt like a part of it', () => {
  const { authorizer, clusterRole, bindCluster } = world();
  clusterRole('reader', READ_PODS);
  bindCluster('x', 'reader', { kind: 'ServiceAccount', name: 'robot', namespace: 'a' });
  bindCluster('y', 'reader', { kind: 'ServiceAccount', name: 'lost' });
  assert.ok(may(authorizer, 'GET', '/api/v1/pods', 'system:serviceaccount:a:robot'));
  for (const name of ['robot', 'a:robot', 'system:serviceaccount:b:robot', 'system:serviceaccount::lost', 'lost']) {
    assert.ok(!may(authorizer, 'GET', '/api/v1/pods', name), name);
  }
});

test('rulesFor lists what holds in a namespace, and says when something is missing', async () => {
  const { authorizer, clusterRole, bindCluster, role, bind } = world();
  clusterRole('paths', { verbs: ['get'], nonResourceURLs: ['/healthz'] });
  bindCluster('paths', 'paths', jane);
  role('a', 'pods', READ_PODS);
  bind('a', 'pods', { kind: 'Role', name: 'pods' }, jane);
  bind('a', 'lost', { kind: 'Role', name: 'lost' }, jane);
  assert.deepEqual(await authorizer.rulesFor({ name: 'jane', groups: [] }, 'a'), {
    resourceRules: [READ_PODS],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
    incomplete: true,
    evaluationError: 'role.rbac.authorization.k8s.io "lost" not found',
  });
});
