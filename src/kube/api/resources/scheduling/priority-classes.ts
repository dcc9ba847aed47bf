import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, METADATA, Path, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, booleanColumn, integerColumn, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface PriorityClass extends KubeObject {
  value?: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

const SYSTEM_PREFIX = 'system-';
/** The classes the system brings, with their values. */
const SYSTEM_CLASSES: ReadonlyMap<string, number> = new Map([
  ['system-node-critical', 2_000_001_000],
  ['system-cluster-critical', 2_000_000_000],
]);
const MAX_USER_VALUE = 1_000_000_000;
const VALUE = new Path('value');
const PREEMPTION_POLICY = new Path('preemptionPolicy');

function validate(priority: PriorityClass, errors: FieldErrors): void {
  const { value = 0, preemptionPolicy } = priority;
  if (priority.metadata.name?.startsWith(SYSTEM_PREFIX)) {
    const problem = systemClassProblem(priority);
    if (problem !== undefined) {
      const what = `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only`;
      errors.forbidden(METADATA.child('name'), `${what}. error: ${problem}`);
    }
  } else if (value > MAX_USER_VALUE)
    errors.forbidden(VALUE, `maximum allowed value of a user defined priority is ${MAX_USER_VALUE}`);
  if (preemptionPolicy !== 'Never' && preemptionPolicy !== 'PreemptLowerPriority')
    errors.required(PREEMPTION_POLICY, 'must specify Never or PreemptLowerPriority');
}

function systemClassProblem({ metadata: { name = '' }, value = 0, globalDefault = false }: PriorityClass) {
  const due = SYSTEM_CLASSES.get(name);
  if (due === undefined) return `${name} is not a known system priority class`;
  if (value !== due) return `value of ${name} PriorityClass must be ${due}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validateChange(priority: PriorityClass, old: PriorityClass, errors: FieldErrors): void {
  if ((priority.value ?? 0) !== (old.value ?? 0)) errors.forbidden(VALUE, 'may not be changed in an update.');
  validateImmutable(priority.preemptionPolicy, old.preemptionPolicy, PREEMPTION_POLICY, errors);
}

/** Names for how urgent pods are. */
export const priorityClasses: ResourceDefinition = {
  group: 'scheduling.k8s.io',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  kind: 'PriorityClass',
  shortNames: ['pc'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass' },
      {
        columns: [
          integerColumn('Value', 'The higher, the more urgent.', (object) => (object as PriorityClass).value ?? 0),
          booleanColumn(
            'Global-Default',
            'Is it for pods that name none?',
            (object) => (object as PriorityClass).globalDefault ?? false,
          ),
          AGE_COLUMN,
          textColumn(
            'PreemptionPolicy',
            'May its pods displace others?',
            (object) => (object as PriorityClass).preemptionPolicy ?? '',
          ),
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<PriorityClass>(
    {
      setDefaults: (priority) => {
        // Upstream's type has the value by value: it is always on the wire.
        priority.value ??= 0;
        priority.preemptionPolicy ??= 'PreemptLowerPriority';
      },
      validate,
      validateChange,
    },
    // Upstream counts the first one only.
    { hasGeneration: true, movesGeneration: () => false },
  ),
};
