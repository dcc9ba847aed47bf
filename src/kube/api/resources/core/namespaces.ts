import type { KubeObject } from '../../object.ts';
import type { ResourceDefinition, Subresource } from '../../resource.ts';
import { type FieldErrors, qualifiedNameErrors, SPEC, STATUS, validateFinalizerName } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { complaints, keepField, keepStatus, statusSubresource } from '../strategies.ts';
import { v1 } from './version.ts';

interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] };
  status?: { phase?: string };
}

const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';

function phase(object: KubeObject): string {
  return (object as Namespace).status?.phase ?? '';
}

/** Everything can be selected by its namespace's name, which the label repeats. A name that is still to be generated comes later. */
function setNameLabel(namespace: Namespace): void {
  const { name = '' } = namespace.metadata;
  if (name === '') return;
  namespace.metadata.labels ??= {};
  namespace.metadata.labels[NAME_LABEL] = name;
}

function setDefaults(namespace: Namespace): void {
  setNameLabel(namespace);
  namespace.spec ??= {};
  namespace.status ??= {};
  namespace.status.phase ||= 'Active';
}

/** The finalizer keeps a deleted namespace until all that is in it is gone. */
function prepareForCreate(namespace: Namespace): void {
  setNameLabel(namespace);
  namespace.status = { phase: 'Active' };
  namespace.spec ??= {};
  const { finalizers = [] } = namespace.spec;
  if (!finalizers.includes(FINALIZER)) namespace.spec.finalizers = [...finalizers, FINALIZER];
}

function validateFinalizers(namespace: Namespace, errors: FieldErrors): void {
  for (const finalizer of namespace.spec?.finalizers ?? []) {
    const path = SPEC.child('finalizers');
    errors.invalidEach(path, finalizer, qualifiedNameErrors(finalizer));
    validateFinalizerName(finalizer, path, errors);
  }
}

function validateStatus(namespace: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const dying = namespace.metadata.deletionTimestamp !== undefined;
  const due = dying ? 'Terminating' : 'Active';
  if (phase(namespace) === due) return;
  const when = `\`deletionTimestamp\` is ${dying ? 'not ' : ''}empty`;
  errors.invalid(STATUS.child('Phase'), phase(namespace), `may only be '${due}' if ${when}`);
}

/** Where the namespace controller takes its finalizer away. */
const finalize: Subresource = {
  verbs: ['update'],
  strategy: {
    prepareForUpdate: keepStatus,
    validateUpdate: (object) => complaints((errors) => validateFinalizers(object as Namespace, errors)),
  },
};

/** Rooms that names of objects are unique in. */
export const namespaces: ResourceDefinition = {
  group: '',
  plural: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  versions: v1('Namespace', {
    columns: [textColumn('Status', 'Is it in use, or being deleted?', phase), AGE_COLUMN],
    selectableFields: { 'status.phase': phase, name: ({ metadata }) => metadata.name ?? '' },
  }),
  storageVersion: 'v1',
  subresources: { finalize, status: statusSubresource(validateStatus) },
  strategy: {
    nameRule: 'dns-label',
    hasGeneration: false,
    setDefaults: (object) => setDefaults(object as Namespace),
    prepareForCreate: (object) => prepareForCreate(object as Namespace),
    prepareForUpdate: (object, old) => {
      keepField(object, old, 'spec');
      keepStatus(object, old);
    },
    validate: (object) => complaints((errors) => validateFinalizers(object as Namespace, errors)),
  },
};
