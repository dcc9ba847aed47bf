import {
  type GroupVersionResource,
  type KubeObject,
  type LabelSelector,
  labelMatcher,
  matchesLabels,
  type Shared,
} from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { keyOf } from '#kube/client';
import { Loop } from '../common/mod.ts';
import type { Controller } from '../contract.ts';

const CLUSTER_ROLES: GroupVersionResource = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  resource: 'clusterroles',
};

/** `ClusterRole`, as far as aggregation goes. */
export interface ClusterRole extends KubeObject {
  rules?: Record<string, unknown>[] | null;
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] };
}

/** The rules that a role should have of those that it gathers, each once; undefined: it has them. Pure. */
export function planRules(
  role: Shared<ClusterRole>,
  all: readonly Shared<ClusterRole>[],
): Shared<Record<string, unknown>>[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (selectors === undefined) return undefined;
  const inOrder = [...all].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: Shared<Record<string, unknown>>[] = [];
  for (const selector of selectors) {
    const matcher = labelMatcher(selector as LabelSelector);
    for (const other of inOrder) {
      if (other.metadata.name === role.metadata.name || matcher === undefined) continue;
      if (!matchesLabels(matcher, other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) {
        if (!rules.some((known) => semanticEqual(known, rule))) rules.push(rule);
      }
    }
  }
  return semanticEqual(role.rules ?? [], rules) ? undefined : rules;
}

/** Fills roles that gather the rules of others: admin, edit and view grow with what is installed. */
export const clusterRoleAggregation: Controller = {
  name: 'clusterrole-aggregation-controller',
  start({ client, informers }) {
    const roles = informers.of<ClusterRole>(CLUSTER_ROLES);
    const loop = new Loop({
      name: 'clusterrole-aggregation-controller',
      reconcile: async (name) => {
        const role = roles.get(name);
        const rules = role === undefined ? undefined : planRules(role, roles.list());
        if (rules === undefined) return undefined;
        const body = { metadata: { resourceVersion: role?.metadata.resourceVersion }, rules };
        await client.patch(CLUSTER_ROLES, { name }, { type: 'merge', body });
        return undefined;
      },
    });
    const addGatherers = () => {
      for (const role of roles.list()) if (role.aggregationRule !== undefined) loop.add(keyOf(role as KubeObject));
    };
    loop.handle(roles, { onAdd: addGatherers, onUpdate: addGatherers, onDelete: addGatherers });
    return loop.begin();
  },
};
