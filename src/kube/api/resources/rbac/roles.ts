import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import { type FieldErrors, Path, validateLabelSelector } from '../../values/mod.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { RBAC_GROUP } from './group.ts';
import { type PolicyRule, validatePolicyRules } from './policy-rules.ts';

interface Role extends KubeObject {
  rules?: PolicyRule[] | null;
  aggregationRule?: { clusterRoleSelectors?: LabelSelector[] };
}

const RULES = new Path('rules');
const SELECTORS = new Path('aggregationRule').child('clusterRoleSelectors');

function validateAggregation({ aggregationRule }: Role, errors: FieldErrors): void {
  if (aggregationRule === undefined) return;
  const { clusterRoleSelectors = [] } = aggregationRule;
  if (clusterRoleSelectors.length === 0)
    errors.required(SELECTORS, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  clusterRoleSelectors.forEach((selector, i) => {
    validateLabelSelector(selector, SELECTORS.index(i), errors);
  });
}

/** What may be done in one namespace. */
export const roles: ResourceDefinition = {
  group: RBAC_GROUP,
  plural: 'roles',
  singular: 'role',
  kind: 'Role',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [served({ group: RBAC_GROUP, version: 'v1', kind: 'Role' })],
  storageVersion: 'v1',
  strategy: kindStrategy<Role>(
    { validate: ({ rules }, errors) => validatePolicyRules(rules ?? [], true, RULES, errors) },
    { nameRule: 'path-segment', allowCreateOnUpdate: true },
  ),
};

/** What may be done everywhere, or wherever it is bound to. */
export const clusterRoles: ResourceDefinition = {
  group: RBAC_GROUP,
  plural: 'clusterroles',
  singular: 'clusterrole',
  kind: 'ClusterRole',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [served({ group: RBAC_GROUP, version: 'v1', kind: 'ClusterRole' })],
  storageVersion: 'v1',
  strategy: kindStrategy<Role>(
    {
      validate: (role, errors) => {
        validatePolicyRules(role.rules ?? [], false, RULES, errors);
        validateAggregation(role, errors);
      },
    },
    { nameRule: 'path-segment', allowCreateOnUpdate: true },
  ),
};
