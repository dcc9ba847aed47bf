import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type Column, type ResourceDefinition, type Strategy } from '../../resource.ts';
import { dnsSubdomainErrors, type FieldErrors, Path, pathSegmentErrors, semanticEqual } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { RBAC_GROUP } from './group.ts';

interface RoleBinding extends KubeObject {
  subjects?: Subject[];
  roleRef: { apiGroup?: string; kind?: string; name?: string };
}

/** Who a binding is for. */
interface Subject {
  kind?: string;
  apiGroup?: string;
  name?: string;
  namespace?: string;
}

const ROLE_REF = new Path('roleRef');
const SUBJECTS = new Path('subjects');
const SUBJECT_KINDS = ['ServiceAccount', 'User', 'Group'];

function setDefaults(binding: RoleBinding): void {
  binding.roleRef ??= {};
  binding.roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
  }
}

function validateWith(roleKinds: readonly string[]) {
  return ({ roleRef, subjects = [] }: RoleBinding, errors: FieldErrors): void => {
    const { apiGroup = '', kind = '', name = '' } = roleRef;
    if (apiGroup !== RBAC_GROUP) errors.notSupported(ROLE_REF.child('apiGroup'), apiGroup, [RBAC_GROUP]);
    if (!roleKinds.includes(kind)) errors.notSupported(ROLE_REF.child('kind'), kind, roleKinds);
    if (name === '') errors.required(ROLE_REF.child('name'));
    else errors.invalidEach(ROLE_REF.child('name'), name, pathSegmentErrors(name));
    subjects.forEach((subject, i) => {
      validateSubject(subject, SUBJECTS.index(i), errors);
    });
  };
}

function validateSubject(subject: Subject, path: Path, errors: FieldErrors): void {
  const { kind = '', apiGroup = '', name = '', namespace = '' } = subject;
  if (name === '') errors.required(path.child('name'));
  if (kind === 'ServiceAccount') {
    if (name !== '') errors.invalidEach(path.child('name'), name, dnsSubdomainErrors(name));
    if (apiGroup !== '') errors.notSupported(path.child('apiGroup'), apiGroup, ['']);
    if (namespace === '') errors.required(path.child('namespace'));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== RBAC_GROUP) errors.notSupported(path.child('apiGroup'), apiGroup, [RBAC_GROUP]);
  } else errors.notSupported(path.child('kind'), kind, SUBJECT_KINDS);
}

function validateChange(binding: RoleBinding, old: RoleBinding, errors: FieldErrors): void {
  if (!semanticEqual(binding.roleRef, old.roleRef)) errors.invalid(ROLE_REF, binding.roleRef, 'cannot change roleRef');
}

function strategy(roleKinds: readonly string[]): Strategy {
  return kindStrategy<RoleBinding>(
    { setDefaults, validate: validateWith(roleKinds), validateChange },
    { nameRule: 'path-segment', allowCreateOnUpdate: true },
  );
}

function subjects(object: KubeObject, kind: string): string {
  return ((object as RoleBinding).subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name = '', namespace = '' }) =>
      kind === 'ServiceAccount' && namespace !== '' ? `${namespace}/${name}` : name,
    )
    .join(', ');
}

const COLUMNS: readonly Column[] = [
  textColumn('Role', 'What is allowed.', (object) => {
    const { kind = '', name = '' } = (object as RoleBinding).roleRef ?? {};
    return `${kind}/${name}`;
  }),
  AGE_COLUMN,
  textColumn('Users', 'Users it is for.', (object) => subjects(object, 'User'), 1),
  textColumn('Groups', 'Groups it is for.', (object) => subjects(object, 'Group'), 1),
  textColumn('ServiceAccounts', 'Service accounts it is for.', (object) => subjects(object, 'ServiceAccount'), 1),
];

/** Who may do in a namespace what a role allows. */
export const roleBindings: ResourceDefinition = {
  group: RBAC_GROUP,
  plural: 'rolebindings',
  singular: 'rolebinding',
  kind: 'RoleBinding',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [served({ group: RBAC_GROUP, version: 'v1', kind: 'RoleBinding' }, { columns: COLUMNS })],
  storageVersion: 'v1',
  strategy: strategy(['Role', 'ClusterRole']),
};

/** Who may do everywhere what a cluster role allows. */
export const clusterRoleBindings: ResourceDefinition = {
  group: RBAC_GROUP,
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  kind: 'ClusterRoleBinding',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [served({ group: RBAC_GROUP, version: 'v1', kind: 'ClusterRoleBinding' }, { columns: COLUMNS })],
  storageVersion: 'v1',
  strategy: strategy(['ClusterRole']),
};
