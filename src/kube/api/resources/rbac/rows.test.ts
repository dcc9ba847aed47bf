import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { clusterRoleBindings, roleBindings } from './role-bindings.ts';
import { clusterRoles, roles } from './roles.ts';

const GROUP = 'rbac.authorization.k8s.io';
const RULE = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

checkKind(roles, {
  minimal: { rules: [RULE] },
  invalid: [
    [
      'no verbs',
      { rules: [{ ...RULE, verbs: [] }] },
      'rules[0].verbs: Required value: verbs must contain at least one value',
    ],
    [
      'a path in a namespace',
      { rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }] },
      'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
    ],
    [
      'neither groups nor resources',
      { rules: [RULE, { verbs: ['get'] }] },
      'rules[1].apiGroups: Required value: resource rules must supply at least one api group',
      'rules[1].resources: Required value: resource rules must supply at least one resource',
    ],
  ],
  accepted: [['no rules at all', { rules: null }]],
});

checkKind(clusterRoles, {
  minimal: { rules: [RULE, { verbs: ['get'], nonResourceURLs: ['/healthz'] }] },
  invalid: [
    [
      'paths and resources in one',
      { rules: [{ ...RULE, nonResourceURLs: ['/a'] }] },
      'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'an aggregation of nothing',
      { aggregationRule: {} },
      'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
    [
      'a bad selector',
      { aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Near' }] }] } },
      'aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator',
    ],
  ],
});

checkKind(roleBindings, {
  minimal: {
    roleRef: { kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'User', name: 'ann' },
      { kind: 'Group', name: 'ops' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' },
    ],
  },
  created: {
    roleRef: { apiGroup: GROUP, kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'User', name: 'ann', apiGroup: GROUP },
      { kind: 'Group', name: 'ops', apiGroup: GROUP },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' },
    ],
  },
  invalid: [
    [
      'no role',
      { roleRef: null },
      'roleRef.kind: Unsupported value: "": supported values: "Role", "ClusterRole"',
      'roleRef.name: Required value',
    ],
    [
      'a role of another group',
      { roleRef: { apiGroup: 'apps' } },
      `roleRef.apiGroup: Unsupported value: "apps": supported values: "${GROUP}"`,
    ],
    ['a name with a slash', { roleRef: { name: 'a/b' } }, 'roleRef.name: Invalid value: "a/b": may not contain \'/\''],
    [
      'subjects of all wrong sorts',
      {
        subjects: [
          { kind: 'Robot', name: 'r' },
          { kind: 'ServiceAccount', name: 'Robot' },
          { kind: 'User', name: '', apiGroup: 'apps' },
        ],
      },
      'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
      'subjects[1].name: Invalid value: "Robot": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric ' +
        "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for " +
        "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'subjects[1].namespace: Required value',
      'subjects[2].name: Required value',
      `subjects[2].apiGroup: Unsupported value: "apps": supported values: "${GROUP}"`,
    ],
  ],
  refused: [
    [
      'another role',
      { roleRef: { name: 'admin' } },
      `roleRef: Invalid value: {"kind":"Role","name":"admin","apiGroup":"${GROUP}"}: cannot change roleRef`,
    ],
  ],
  accepted: [['nobody', { subjects: [] }]],
});

checkKind(clusterRoleBindings, {
  minimal: { roleRef: { kind: 'ClusterRole', name: 'admin' } },
  invalid: [
    [
      'a role of a namespace',
      { roleRef: { kind: 'Role' } },
      'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ],
    ['a role without a name', { roleRef: { name: null } }, 'roleRef.name: Required value'],
    [
      'an account of nowhere',
      { subjects: [{ kind: 'ServiceAccount', name: 'robot' }] },
      'subjects[0].namespace: Required value',
    ],
  ],
});

test('RoleBinding: prints the role and, wide, who has it', () => {
  const { object } = createIn(roleBindings, {
    roleRef: { kind: 'ClusterRole', name: 'view' },
    subjects: [
      { kind: 'User', name: 'ann' },
      { kind: 'User', name: 'bob' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' },
    ],
  });
  const cells = roleBindings.versions[0]?.columns?.map((column) => [
    column.name,
    column.priority,
    column.cell(object, NOW_MS),
  ]);
  assert.deepEqual(cells, [
    ['Role', 0, 'ClusterRole/view'],
    ['Age', 0, '<unknown>'],
    ['Users', 1, 'ann, bob'],
    ['Groups', 1, ''],
    ['ServiceAccounts', 1, 'shop/robot'],
  ]);
});

test('roles may be called anything that fits a path, and PUT may create them', () => {
  for (const row of [roles, clusterRoles, roleBindings, clusterRoleBindings]) {
    assert.equal(row.strategy.nameRule, 'path-segment');
    assert.equal(row.strategy.allowCreateOnUpdate, true);
  }
});
