import type { KubeObject } from '#kube/api';
import { RBAC_GROUP, type RoleRef, type Subject } from '../types.ts';
import { componentRoles } from './component-roles.ts';
import { controllerRoles } from './controller-roles.ts';
import { EVENTS, READ, type RoleRow, rule } from './rule.ts';
import { helperRoles, userRoles } from './user-roles.ts';

const API_VERSION = `${RBAC_GROUP}/v1`;
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const ANNOTATIONS = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' };

/** The roles and bindings that a new cluster has. */
export interface BootstrapPolicy {
  readonly clusterRoles: readonly KubeObject[];
  readonly clusterRoleBindings: readonly KubeObject[];
  readonly roles: readonly KubeObject[];
  readonly roleBindings: readonly KubeObject[];
}

/** Upstream's default roles and bindings. Made on each call: it is needed once. */
export function bootstrapPolicy(): BootstrapPolicy {
  const controllers = controllerRoles();
  return {
    clusterRoles: [...userRoles(), ...helperRoles(), ...componentRoles(), ...controllers].map(clusterRole),
    clusterRoleBindings: [
      ...CLUSTER_BINDINGS.map(([role, ...subjects]) => clusterBinding(role, subjects)),
      ...controllers.map(({ name }) => clusterBinding(name, [account(name.slice('system:controller:'.length))])),
    ],
    ...namespaced(),
  };
}

function clusterRole({ name, rules, labels, aggregates }: RoleRow): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...LABELS, ...labels }, annotations: ANNOTATIONS },
    ...(aggregates === undefined
      ? { rules }
      : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] } }),
  };
}

function user(name: string): Subject {
  return { kind: 'User', apiGroup: RBAC_GROUP, name };
}

function group(name: string): Subject {
  return { kind: 'Group', apiGroup: RBAC_GROUP, name };
}

function account(name: string): Subject {
  return { kind: 'ServiceAccount', name, namespace: 'kube-system' };
}

const CLUSTER_BINDINGS: readonly (readonly [string, ...Subject[]])[] = [
  ['cluster-admin', group('system:masters')],
  ['system:monitoring', group('system:monitoring')],
  ['system:discovery', group('system:authenticated')],
  ['system:basic-user', group('system:authenticated')],
  ['system:public-info-viewer', group('system:authenticated'), group('system:unauthenticated')],
  ['system:node-proxier', user('system:kube-proxy')],
  ['system:kube-controller-manager', user('system:kube-controller-manager')],
  ['system:kube-dns', account('kube-dns')],
  ['system:kube-scheduler', user('system:kube-scheduler')],
  ['system:volume-scheduler', user('system:kube-scheduler')],
  ['system:service-account-issuer-discovery', group('system:serviceaccounts')],
  // Nobody: the Node authorizer does it. The binding is there for those who once relied on it.
  ['system:node'],
];

function clusterBinding(role: string, subjects: readonly Subject[]): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ClusterRoleBinding',
    metadata: { name: role, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role } satisfies RoleRef,
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}

const SYSTEM = 'kube-system';
const LOCK_MANAGER = 'system::leader-locking-kube-controller-manager';
const LOCK_SCHEDULER = 'system::leader-locking-kube-scheduler';
const READER = 'extension-apiserver-authentication-reader';
const SIGNER = 'system:controller:bootstrap-signer';

function namespaced(): Pick<BootstrapPolicy, 'roles' | 'roleBindings'> {
  const role = (namespace: string, name: string, ...rules: RoleRow['rules']) => ({
    apiVersion: API_VERSION,
    kind: 'Role',
    metadata: { namespace, name, labels: LABELS, annotations: ANNOTATIONS },
    rules,
  });
  const locks = (name: string) => [rule('watch', '', 'configmaps'), rule('get update', '', 'configmaps', name)];
  return {
    roles: [
      role(SYSTEM, READER, rule(READ, '', 'configmaps', 'extension-apiserver-authentication')),
      role(SYSTEM, SIGNER, rule(READ, '', 'secrets')),
      role(SYSTEM, 'system:controller:cloud-provider', rule(`${READ} create`, '', 'configmaps')),
      role(SYSTEM, 'system:controller:token-cleaner', rule(`${READ} delete`, '', 'secrets'), EVENTS),
      role(SYSTEM, LOCK_MANAGER, ...locks('kube-controller-manager')),
      role(SYSTEM, LOCK_SCHEDULER, ...locks('kube-scheduler')),
      role(
        'kube-public',
        SIGNER,
        rule(READ, '', 'configmaps'),
        rule('update', '', 'configmaps', 'cluster-info'),
        EVENTS,
      ),
    ],
    roleBindings: [
      binding(
        SYSTEM,
        `system::${READER}`,
        READER,
        user('system:kube-controller-manager'),
        user('system:kube-scheduler'),
      ),
      binding(
        SYSTEM,
        LOCK_MANAGER,
        LOCK_MANAGER,
        user('system:kube-controller-manager'),
        account('kube-controller-manager'),
      ),
      binding(SYSTEM, LOCK_SCHEDULER, LOCK_SCHEDULER, user('system:kube-scheduler'), account('kube-scheduler')),
      binding(SYSTEM, SIGNER, SIGNER, account('bootstrap-signer')),
      binding(
        SYSTEM,
        'system:controller:cloud-provider',
        'system:controller:cloud-provider',
        account('cloud-provider'),
      ),
      binding(SYSTEM, 'system:controller:token-cleaner', 'system:controller:token-cleaner', account('token-cleaner')),
      binding('kube-public', SIGNER, SIGNER, account('bootstrap-signer')),
    ],
  };
}

function binding(namespace: string, name: string, role: string, ...subjects: Subject[]): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'RoleBinding',
    metadata: { namespace, name, labels: LABELS, annotations: ANNOTATIONS },
    roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name: role },
    subjects,
  };
}
