import type { KubeObject, Shared } from '#kube/api';
import { serviceAccountName } from '../authenticate/names.ts';
import { type Objects, RESOURCES } from '../objects.ts';
import { type CompiledRules, compileRules } from './match.ts';
import type { PolicyRule, RoleRef, Subject } from './types.ts';

/** What one binding gives one subject. */
export interface Grant {
  /** The rules of the role; undefined where the role is not there. */
  readonly rules: CompiledRules | undefined;
  readonly policyRules: readonly PolicyRule[];
  /** `RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "g"`; of a missing role, what is missing. */
  readonly reason: string;
}

/** Who gets what, by user name and by group. */
export interface BindingIndex {
  readonly users: ReadonlyMap<string, readonly Grant[]>;
  readonly groups: ReadonlyMap<string, readonly Grant[]>;
}

/** Roles in caches never change: what is made of one lasts as long as it does. */
const compiled = new WeakMap<object, CompiledRules>();

/** The grants of all cluster role bindings. */
export function clusterIndex(objects: Objects): BindingIndex {
  return indexOf(objects.list(RESOURCES.clusterRoleBindings), 'ClusterRoleBinding', '', objects);
}

/** The grants of the role bindings of one namespace. */
export function namespaceIndex(objects: Objects, namespace: string): BindingIndex {
  return indexOf(objects.list(RESOURCES.roleBindings, namespace), 'RoleBinding', namespace, objects);
}

function indexOf(
  bindings: readonly Shared<KubeObject>[],
  kind: 'ClusterRoleBinding' | 'RoleBinding',
  namespace: string,
  objects: Objects,
): BindingIndex {
  const users = new Map<string, Grant[]>();
  const groups = new Map<string, Grant[]>();
  for (const binding of bindings) {
    const role = roleOf(binding.roleRef as RoleRef | undefined, namespace, objects);
    const { name = '' } = binding.metadata;
    const label = `${kind} "${kind === 'RoleBinding' ? `${name}/${namespace}` : name}"`;
    for (const subject of subjectsOf(binding)) {
      const user = userOf(subject, namespace);
      if (user !== undefined) add(users, user, grantOf(role, label, subject));
      else if (subject.kind === 'Group') add(groups, subject.name, grantOf(role, label, subject));
    }
  }
  return { users, groups };
}

function subjectsOf(binding: Shared<KubeObject>): readonly Subject[] {
  return Array.isArray(binding.subjects) ? (binding.subjects as readonly Subject[]) : [];
}

/** The user name that a subject stands for; a service account without a namespace is one of the binding's. */
function userOf({ kind, name, namespace }: Subject, bindingNamespace: string): string | undefined {
  if (kind === 'User') return name;
  if (kind !== 'ServiceAccount') return undefined;
  const where = namespace || bindingNamespace;
  return where === '' ? undefined : serviceAccountName(where, name);
}

function add(grants: Map<string, Grant[]>, key: string, grant: Grant): void {
  const there = grants.get(key);
  if (there === undefined) grants.set(key, [grant]);
  else there.push(grant);
}

interface Role {
  readonly ref: RoleRef;
  readonly object: Shared<KubeObject> | undefined;
}

function roleOf(ref: RoleRef | undefined, namespace: string, objects: Objects): Role {
  const { kind = '', name = '' } = ref ?? {};
  return { ref: { kind, name }, object: findRole({ kind, name }, namespace, objects) };
}

/** The role that a binding of `namespace` ('': of the cluster) names. A binding of the cluster cannot name a Role. */
export function findRole({ kind, name }: RoleRef, namespace: string, objects: Objects): Shared<KubeObject> | undefined {
  if (kind === 'ClusterRole') return objects.get(RESOURCES.clusterRoles, '', name);
  return kind === 'Role' && namespace !== '' ? objects.get(RESOURCES.roles, namespace, name) : undefined;
}

function grantOf({ ref, object }: Role, binding: string, subject: Subject): Grant {
  if (object === undefined) {
    const resource = ref.kind === 'ClusterRole' ? 'clusterrole' : 'role';
    const reason = `${resource}.rbac.authorization.k8s.io "${ref.name}" not found`;
    return { rules: undefined, policyRules: [], reason };
  }
  let rules = compiled.get(object);
  if (rules === undefined) {
    rules = compileRules(rulesOf(object));
    compiled.set(object, rules);
  }
  const whom = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? ''}` : subject.name;
  const reason = `RBAC: allowed by ${binding} of ${ref.kind} "${ref.name}" to ${subject.kind} "${whom}"`;
  return { rules, policyRules: rulesOf(object), reason };
}

/** The rules of a Role or ClusterRole. */
export function rulesOf(role: Shared<KubeObject>): readonly PolicyRule[] {
  return Array.isArray(role.rules) ? (role.rules as readonly PolicyRule[]) : [];
}
