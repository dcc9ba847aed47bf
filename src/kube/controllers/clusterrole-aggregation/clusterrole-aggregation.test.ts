import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { until } from '../testing/until.ts';
import { type ClusterRole, planRules } from './clusterrole-aggregation.ts';

const CLUSTER_ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const READ = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const WRITE = { apiGroups: [''], resources: ['pods'], verbs: ['create'] };

function role(name: string, more: Partial<ClusterRole> = {}, labels: Record<string, string> = {}): ClusterRole {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name, labels }, ...more };
}

test('planRules gathers each rule once, in the order of names, without its own', () => {
  const gather = role(
    'gather',
    { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'x' } }] } },
    { to: 'x' },
  );
  const all = [
    gather,
    role('b', { rules: [WRITE] }, { to: 'x' }),
    role('a', { rules: [READ] }, { to: 'x' }),
    role('c', { rules: [READ] }, { to: 'x' }),
    role('d', { rules: [{ ...READ, verbs: ['delete'] }] }),
  ];
  assert.deepEqual(planRules(gather, all), [READ, WRITE]);
  assert.equal(planRules({ ...gather, rules: [READ, WRITE] }, all), undefined);
  assert.equal(planRules(role('plain', { rules: [] }), all), undefined);
});

test('clusterRoleAggregation lets admin, edit and view grow with roles that are labelled for them', async () => {
  await using cluster = await createCluster();
  const { client } = cluster;
  const rulesOf = async (name: string) => (await findObject<ClusterRole>(client, CLUSTER_ROLES, { name }))?.rules ?? [];
  await until(
    async () => (await rulesOf('view')).length > 0 && (await rulesOf('admin')).length > (await rulesOf('view')).length,
  );
  const rules = [{ apiGroups: ['example.org'], resources: ['widgets'], verbs: ['get'] }];
  await client.create(
    CLUSTER_ROLES,
    role('widgets', { rules }, { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
  );
  const sees = async (name: string) => JSON.stringify(await rulesOf(name)).includes('widgets');
  // edit gathers view, and admin gathers edit.
  await until(async () => (await sees('view')) && (await sees('edit')) && (await sees('admin')));
});
