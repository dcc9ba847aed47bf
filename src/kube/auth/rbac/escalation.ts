import { isDeepStrictEqual } from 'node:util';
import type { AdmissionAttributes, AdmissionPlugin } from '#kube/admission';
import { forbidden, type KubeObject, notFound, type StatusError } from '#kube/api';
import { GROUPS } from '../authenticate/names.ts';
import { resourceQuestion } from '../authorize/question.ts';
import type { Authorizer, UserInfo } from '../contract.ts';
import type { Objects } from '../objects.ts';
import { findRole, rulesOf } from './bindings.ts';
import { describeRules, quoteAll, uncovered } from './covers.ts';
import type { RbacAuthorizer } from './rbac-authorizer.ts';
import { type PolicyRule, RBAC_GROUP, type RoleRef } from './types.ts';

/** What the checks ask. */
export interface EscalationOptions {
  readonly rbac: RbacAuthorizer;
  /** All authorizers: they say who may `escalate` and `bind`. */
  readonly authorizer: Authorizer;
  readonly objects: Objects;
}

const KINDS: ReadonlySet<string> = new Set(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']);

/** What only those who hold it may put into an aggregation: it can gather anything. */
const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody gives rights that they do not have: who writes a role must hold its rules or may `escalate`; who writes a binding must hold the
 * role's rules or may `bind` it. `system:masters` may all of it.
 */
export function escalationPlugin(options: EscalationOptions): AdmissionPlugin {
  return {
    name: 'RBACEscalation',
    handles: ({ resource, operation, subresource }) =>
      resource.group === RBAC_GROUP &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      KINDS.has(resource.resource),
    async validate(attributes) {
      const { object, oldObject, user, resource } = attributes;
      if (object === undefined || user.groups.includes(GROUPS.masters)) return;
      if (oldObject !== undefined && isOnlyForCollection(object, oldObject)) return;
      if (resource.resource.endsWith('bindings')) await checkBinding(attributes, object, options);
      else await checkRole(attributes, object, options);
    },
  };
}

async function checkRole(
  attributes: AdmissionAttributes,
  object: KubeObject,
  options: EscalationOptions,
): Promise<void> {
  const { user, namespace, resource, name, oldObject } = attributes;
  if (await may(options.authorizer, user, 'escalate', resource.resource, namespace, name)) return;
  const problem = missingRights(options.rbac, user, namespace, rulesOf(object));
  if (problem !== undefined) throw refuse(attributes, problem);
  if (object.aggregationRule === undefined && oldObject?.aggregationRule === undefined) return;
  if (missingRights(options.rbac, user, namespace, EVERYTHING) !== undefined) {
    throw refuse(attributes, 'must have cluster-admin privileges to use the aggregationRule');
  }
}

async function checkBinding(
  attributes: AdmissionAttributes,
  object: KubeObject,
  { rbac, authorizer, objects }: EscalationOptions,
): Promise<void> {
  const { user, namespace } = attributes;
  const ref = object.roleRef as RoleRef;
  const resource = ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (await may(authorizer, user, 'bind', resource, namespace, ref.name)) return;
  const role = findRole(ref, namespace, objects);
  if (role === undefined) throw notFound({ group: RBAC_GROUP, resource }, ref.name);
  const problem = missingRights(rbac, user, namespace, rulesOf(role));
  if (problem !== undefined) throw refuse(attributes, problem);
}

async function may(
  authorizer: Authorizer,
  user: UserInfo,
  verb: string,
  resource: string,
  namespace: string,
  name: string,
): Promise<boolean> {
  const question = resourceQuestion(user, { verb, apiGroup: RBAC_GROUP, resource, namespace, name });
  return (await authorizer.authorize(question)).decision === 'allow';
}

/** What of `wanted` a user does not hold, in upstream's words; undefined: nothing. */
function missingRights(rbac: RbacAuthorizer, user: UserInfo, namespace: string, wanted: readonly PolicyRule[]) {
  const { rules, errors } = rbac.resolve(user, namespace);
  const missing = uncovered(rules, wanted);
  if (missing.length === 0) return undefined;
  const who = `user ${JSON.stringify(user.name)} (groups=${quoteAll(user.groups)})`;
  const trouble = errors.length === 0 ? '' : `; resolution errors: [${errors.join(', ')}]`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(missing)}${trouble}`;
}

function refuse({ resource, name }: AdmissionAttributes, why: string): StatusError {
  return forbidden({ group: resource.group, resource: resource.resource }, name, why);
}

/** The garbage collector edits owners and finalizers of roles whose rules it does not hold. Labels count: they feed aggregations. */
function isOnlyForCollection(object: KubeObject, old: KubeObject): boolean {
  return isDeepStrictEqual(withoutBookkeeping(object), withoutBookkeeping(old));
}

function withoutBookkeeping(object: KubeObject): unknown {
  const { ownerReferences, finalizers, managedFields, resourceVersion, generation, ...metadata } = object.metadata;
  return JSON.parse(JSON.stringify({ ...object, metadata }));
}
