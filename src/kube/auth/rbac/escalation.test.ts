import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionAttributes } from '#kube/admission';
import { isStatusError, type KubeObject } from '#kube/api';
import { superuserAuthorizer } from '../authorize/superuser.ts';
import { unionAuthorizer } from '../authorize/union.ts';
import { RESOURCES } from '../objects.ts';
import { MemoryObjects } from '../testing/memory-objects.ts';
import { describeRules, uncovered } from './covers.ts';
import { escalationPlugin } from './escalation.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import type { PolicyRule } from './types.ts';

const GROUP = 'rbac.authorization.k8s.io';
const apiVersion = `${GROUP}/v1`;
const PODS: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };
const ROLES: PolicyRule = { verbs: ['create', 'update'], apiGroups: [GROUP], resources: ['*'] };

/** Jane may write roles and read pods, everywhere. `write` answers why she may not, or nothing. */
function world(...more: PolicyRule[]) {
  const objects = new MemoryObjects();
  const rbac = new RbacAuthorizer(objects);
  const authorizer = unionAuthorizer([superuserAuthorizer, rbac]);
  const plugin = escalationPlugin({ rbac, authorizer, objects });
  const put = (name: string, rules: readonly PolicyRule[]) =>
    objects.put(RESOURCES.clusterRoles, { apiVersion, kind: 'ClusterRole', metadata: { name }, rules });
  put('janes', [PODS, ROLES, ...more]);
  put('root', [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
  objects.put(RESOURCES.clusterRoleBindings, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'janes' },
    roleRef: { kind: 'ClusterRole', name: 'janes' },
    subjects: [{ kind: 'User', name: 'jane' }],
  });
  const write = async (kind: string, object: Partial<KubeObject>, old?: Partial<KubeObject>, groups = ['dev']) => {
    const attributes = {
      operation: old === undefined ? 'CREATE' : 'UPDATE',
      resource: { group: GROUP, version: 'v1', resource: `${kind.toLowerCase()}s` },
      subresource: '',
      namespace: kind.startsWith('Cluster') ? '' : 'a',
      name: 'x',
      object: { apiVersion, kind, metadata: { name: 'x' }, ...object },
      oldObject: old && { apiVersion, kind, metadata: { name: 'x' }, ...old },
      user: { name: 'jane', groups },
    } as unknown as AdmissionAttributes;
    assert.ok(plugin.handles(attributes));
    try {
      await plugin.validate?.(attributes);
      return undefined;
    } catch (error) {
      assert.ok(isStatusError(error));
      return `${error.code} ${error.message}`;
    }
  };
  return { write, objects, put };
}

const NODES: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['nodes'] };
const REFUSED = 'is attempting to grant RBAC permissions not currently held:';

test('a role may hold what its writer holds, and nothing more', async () => {
  const { write } = world();
  assert.equal(await write('ClusterRole', { rules: [PODS] }), undefined);
  assert.equal(await write('Role', { rules: [{ ...PODS, verbs: ['get'], resourceNames: ['web'] }] }), undefined);
  assert.equal(
    await write('ClusterRole', { rules: [PODS, NODES, { ...NODES, verbs: ['list'] }] }),
    `403 clusterroles.rbac.authorization.k8s.io "x" is forbidden: user "jane" (groups=["dev"]) ${REFUSED}
{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}`,
  );
  for (const rules of [
    [{ ...PODS, resources: ['pods/exec'] }],
    [{ ...PODS, resources: ['*'] }],
    [{ ...PODS, verbs: ['*'] }],
    [{ ...PODS, apiGroups: ['*'] }],
    [{ verbs: ['get'], nonResourceURLs: ['/metrics'] }],
  ]) {
    assert.match((await write('Role', { rules })) ?? '', /not currently held/, JSON.stringify(rules));
  }
});

test('labels that feed an aggregation count as a change of the role', async () => {
  const { write } = world();
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' };
  const old = { rules: [NODES] };
  assert.match(
    (await write('ClusterRole', { metadata: { name: 'x', labels }, ...old }, old)) ?? '',
    /not currently held/,
  );
});

test('an aggregation can be written by those alone who hold everything', async () => {
  const { write } = world();
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
  const message = /must have cluster-admin privileges to use the aggregationRule/;
  assert.match((await write('ClusterRole', { aggregationRule })) ?? '', message);
  assert.match(
    (await write('ClusterRole', { rules: [] }, { aggregationRule, rules: [] })) ?? '',
    message,
    'taking it away',
  );
  const everything = world(
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  );
  assert.equal(await everything.write('ClusterRole', { aggregationRule }), undefined);
});

test('the garbage collector may edit owners and finalizers of roles that it does not hold', async () => {
  const { write } = world();
  const old = { metadata: { name: 'x', finalizers: ['a'] }, rules: [NODES] };
  assert.equal(await write('ClusterRole', { metadata: { name: 'x', finalizers: [] }, rules: [NODES] }, old), undefined);
  assert.match(
    (await write('ClusterRole', { metadata: { name: 'x' }, rules: [NODES, PODS] }, old)) ?? '',
    /not currently/,
  );
});

test('escalate and bind allow more, and masters may everything', async () => {
  const escalator = world({ verbs: ['escalate'], apiGroups: [GROUP], resources: ['clusterroles'] });
  assert.equal(await escalator.write('ClusterRole', { rules: [NODES] }), undefined);
  assert.match((await escalator.write('Role', { rules: [NODES] })) ?? '', /not currently held/);
  const binder = world({ verbs: ['bind'], apiGroups: [GROUP], resources: ['clusterroles'], resourceNames: ['root'] });
  assert.equal(await binder.write('RoleBinding', { roleRef: { kind: 'ClusterRole', name: 'root' } }), undefined);
  const { write } = world();
  assert.equal(await write('ClusterRole', { rules: [NODES] }, undefined, ['system:masters']), undefined);
});

test('a binding gives what its writer holds, of a role that is there', async () => {
  const { write, put } = world();
  put('readers', [PODS]);
  const binding = (name: string, kind = 'ClusterRole') => ({
    roleRef: { kind, name },
    subjects: [{ kind: 'User', name: 'joe' }],
  });
  assert.equal(await write('ClusterRoleBinding', binding('readers')), undefined);
  assert.match(
    (await write('RoleBinding', binding('root'))) ?? '',
    /\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}$/,
  );
  assert.equal(
    await write('RoleBinding', binding('lost')),
    '404 clusterroles.rbac.authorization.k8s.io "lost" not found',
  );
  assert.match((await write('ClusterRoleBinding', binding('janes', 'Role'))) ?? '', /^404 roles/);
});

const COVERAGE: readonly [string, PolicyRule, PolicyRule, boolean][] = [
  ['verbs by *', { ...PODS, verbs: ['*'] }, PODS, true],
  ['* by all verbs', PODS, { ...PODS, verbs: ['*'] }, false],
  ['a subresource by the resource', PODS, { ...PODS, resources: ['pods/log'] }, false],
  ['a subresource by */log', { ...PODS, resources: ['*/log'] }, { ...PODS, resources: ['pods/log'] }, true],
  ['every name by some', { ...PODS, resourceNames: ['a'] }, PODS, false],
  ['names by names', { ...PODS, resourceNames: ['a', 'b'] }, { ...PODS, resourceNames: ['b'] }, true],
  [
    'a path by a prefix',
    { verbs: ['get'], nonResourceURLs: ['/api/*'] },
    { verbs: ['get'], nonResourceURLs: ['/api/v1'] },
    true,
  ],
  [
    'a prefix by a path',
    { verbs: ['get'], nonResourceURLs: ['/api'] },
    { verbs: ['get'], nonResourceURLs: ['/api*'] },
    false,
  ],
  ['a prefix by *', { verbs: ['get'], nonResourceURLs: ['*'] }, { verbs: ['get'], nonResourceURLs: ['/api/*'] }, true],
];

for (const [what, held, wanted, covered] of COVERAGE) {
  test(`uncovered: ${what} is ${covered ? '' : 'not '}covered`, () => {
    assert.equal(uncovered([held], [wanted]).length === 0, covered);
  });
}

test('uncovered joins what several rules hold', () => {
  const held: PolicyRule[] = [
    { verbs: ['get'], apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] },
    { verbs: ['list'], apiGroups: [''], resources: ['pods'] },
  ];
  assert.deepEqual(uncovered(held, [PODS]), []);
  const missing = uncovered(held, [
    { verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] },
  ]);
  assert.equal(
    describeRules(missing),
    `{APIGroups:[""], Resources:["deployments"], Verbs:["list"]}
{APIGroups:["apps"], Resources:["deployments"], Verbs:["list"]}
{APIGroups:["apps"], Resources:["pods"], Verbs:["list"]}`,
  );
});
