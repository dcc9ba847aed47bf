import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  canonicalizeResourceList,
  dnsLabelErrors,
  type FieldErrors,
  Path,
  type ResourceList,
  semanticEqual,
  validateImmutable,
  validateLabels,
  validateNonnegativeQuantity,
} from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import type { Toleration } from '../core/pod-spec/mod.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface RuntimeClass extends KubeObject {
  handler?: string;
  overhead?: { podFixed?: ResourceList };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
}

const HANDLER = new Path('handler');
const POD_FIXED = new Path('overhead').child('podFixed');
const SCHEDULING = new Path('scheduling');

function validate({ handler = '', overhead, scheduling }: RuntimeClass, errors: FieldErrors): void {
  errors.invalidEach(HANDLER, handler, dnsLabelErrors(handler));
  const fixed = overhead?.podFixed ?? {};
  for (const name of Object.keys(fixed)) validateNonnegativeQuantity(fixed[name] ?? '', POD_FIXED.key(name), errors);
  if (scheduling === undefined) return;
  validateLabels(scheduling.nodeSelector, SCHEDULING.child('nodeSelector'), errors);
  validateTolerations(scheduling.tolerations ?? [], SCHEDULING.child('tolerations'), errors);
}

function validateTolerations(tolerations: readonly Toleration[], path: Path, errors: FieldErrors): void {
  tolerations.forEach((toleration, i) => {
    const { key = '', operator = '' } = toleration;
    if (key === '' && operator !== 'Exists') {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.invalid(path.index(i).child('operator'), operator, detail);
    }
    if (tolerations.slice(0, i).some((earlier) => semanticEqual(earlier, toleration)))
      errors.duplicate(path.index(i), toleration);
  });
}

/** Ways to run containers that pods may ask for. */
export const runtimeClasses: ResourceDefinition = {
  group: 'node.k8s.io',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  kind: 'RuntimeClass',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass' },
      {
        columns: [
          textColumn('Handler', 'What nodes call it.', (object) => (object as RuntimeClass).handler ?? ''),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<RuntimeClass>(
    {
      setDefaults: ({ overhead }) => canonicalizeResourceList(overhead?.podFixed),
      validate,
      validateChange: (object, old, errors) => validateImmutable(object.handler, old.handler, HANDLER, errors),
    },
    { allowUnconditionalUpdate: false },
  ),
};
