import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  type FieldErrors,
  labelValueErrors,
  Path,
  qualifiedNameErrors,
  validateImmutable,
  validateQualifiedName,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { forbidUpdate, validateParameters } from './parameters.ts';

interface StorageClass extends KubeObject {
  provisioner?: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
  allowedTopologies?: { matchLabelExpressions?: { key?: string; values?: string[] }[] }[];
}

const PROVISIONER = new Path('provisioner');
const PARAMETERS = new Path('parameters');
const RECLAIM_POLICY = new Path('reclaimPolicy');
const BINDING_MODE = new Path('volumeBindingMode');
const TOPOLOGIES = new Path('allowedTopologies');
const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];
const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function validate(storage: StorageClass, errors: FieldErrors): void {
  const { provisioner = '', parameters = {}, reclaimPolicy = '', volumeBindingMode } = storage;
  if (provisioner === '') errors.required(PROVISIONER, provisioner);
  else errors.invalidEach(PROVISIONER, provisioner, qualifiedNameErrors(provisioner.toLowerCase()));
  validateParameters(parameters, false, PARAMETERS, errors);
  if (!RECLAIM_POLICIES.includes(reclaimPolicy)) errors.notSupported(RECLAIM_POLICY, reclaimPolicy, RECLAIM_POLICIES);
  if (volumeBindingMode === undefined) errors.required(BINDING_MODE);
  else if (!BINDING_MODES.includes(volumeBindingMode))
    errors.notSupported(BINDING_MODE, volumeBindingMode, BINDING_MODES);
  validateTopologies(storage.allowedTopologies ?? [], errors);
}

function validateTopologies(terms: NonNullable<StorageClass['allowedTopologies']>, errors: FieldErrors): void {
  terms.forEach(({ matchLabelExpressions = [] }, i) => {
    const path = TOPOLOGIES.index(i).child('matchLabelExpressions');
    const seen = new Set<string>();
    matchLabelExpressions.forEach(({ key = '', values = [] }, n) => {
      const at = path.index(n);
      if (values.length === 0) errors.required(at.child('values'));
      values.forEach((value, v) => {
        errors.invalidEach(at.child('values').index(v), value, labelValueErrors(value));
        if (values.indexOf(value) < v) errors.duplicate(at.child('values').index(v), value);
      });
      validateQualifiedName(key, at.child('key'), errors);
      if (seen.has(key)) errors.duplicate(at.child('key'), key);
      seen.add(key);
    });
  });
}

function validateChange(storage: StorageClass, old: StorageClass, errors: FieldErrors): void {
  forbidUpdate(storage.parameters, old.parameters, 'parameters', PARAMETERS, errors);
  forbidUpdate(storage.provisioner, old.provisioner, 'provisioner', PROVISIONER, errors);
  forbidUpdate(storage.reclaimPolicy, old.reclaimPolicy, 'reclaimPolicy', RECLAIM_POLICY, errors);
  validateImmutable(storage.volumeBindingMode, old.volumeBindingMode, BINDING_MODE, errors);
}

/** `fast (default)` for the class of claims that name none. */
function shownName({ metadata }: KubeObject): string {
  const isDefault = DEFAULT_ANNOTATIONS.some((annotation) => metadata.annotations?.[annotation] === 'true');
  return isDefault ? `${metadata.name} (default)` : (metadata.name ?? '');
}

function textOf(field: 'provisioner' | 'reclaimPolicy' | 'volumeBindingMode') {
  return (object: KubeObject) => (object as StorageClass)[field] ?? '';
}

/** Ways to get volumes. */
export const storageClasses: ResourceDefinition = {
  group: 'storage.k8s.io',
  plural: 'storageclasses',
  singular: 'storageclass',
  kind: 'StorageClass',
  shortNames: ['sc'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass' },
      {
        columns: [
          { ...textColumn('Name', 'Name of the class, and whether it is the default.', shownName), format: 'name' },
          textColumn('Provisioner', 'Who makes the volumes.', textOf('provisioner')),
          textColumn('ReclaimPolicy', 'What becomes of a volume without its claim.', textOf('reclaimPolicy')),
          textColumn('VolumeBindingMode', 'When volumes are made.', textOf('volumeBindingMode')),
          textColumn(
            'AllowVolumeExpansion',
            'May volumes grow?',
            (object) => (object as StorageClass).allowVolumeExpansion ?? false,
          ),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<StorageClass>({
    setDefaults: (storage) => {
      storage.reclaimPolicy ??= 'Delete';
      storage.volumeBindingMode ??= 'Immediate';
    },
    validate,
    validateChange,
  }),
};
