import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import {
  type FieldErrors,
  type Path,
  SPEC,
  semanticEqual,
  validateNonnegative,
  validateQualifiedName,
} from '../../values/mod.ts';
import { AGE_COLUMN, integerColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { validateDriverName } from './driver-name.ts';

interface CsiNode extends KubeObject {
  spec: { drivers?: CsiNodeDriver[] };
}

interface CsiNodeDriver {
  name?: string;
  nodeID?: string;
  topologyKeys?: string[];
  allocatable?: { count?: number };
}

const MAX_NODE_ID = 192;
const DRIVERS = SPEC.child('drivers');

function validate({ spec }: CsiNode, errors: FieldErrors): void {
  const seen = new Set<string>();
  (spec.drivers ?? []).forEach((driver, i) => {
    const path = DRIVERS.index(i);
    validateDriver(driver, path, errors);
    const { name = '' } = driver;
    if (seen.has(name)) errors.duplicate(path.child('name'), name);
    seen.add(name);
  });
}

function validateDriver(
  { name = '', nodeID = '', topologyKeys = [], allocatable }: CsiNodeDriver,
  path: Path,
  errors: FieldErrors,
): void {
  validateDriverName(name, path.child('name'), errors);
  if (nodeID === '') errors.required(path.child('nodeID'));
  if (nodeID.length > MAX_NODE_ID)
    errors.invalid(path.child('nodeID'), nodeID, `must be ${MAX_NODE_ID} characters or less`);
  validateNonnegative(allocatable?.count, path.child('allocatable').child('count'), errors);
  topologyKeys.forEach((key) => {
    if (key === '') errors.required(path);
    else validateQualifiedName(key, path, errors);
    if (topologyKeys.indexOf(key) !== topologyKeys.lastIndexOf(key)) errors.duplicate(path, key);
  });
}

/** A driver that stays is what it was, but for how many volumes it can take. */
function validateChange({ spec }: CsiNode, old: CsiNode, errors: FieldErrors): void {
  for (const driver of spec.drivers ?? []) {
    const before = (old.spec.drivers ?? []).find(({ name }) => name === driver.name);
    if (before === undefined) continue;
    const { allocatable: _now, ...fixed } = driver;
    const { allocatable: _then, ...fixedBefore } = before;
    if (!semanticEqual(fixed, fixedBefore)) errors.invalid(DRIVERS, driver, 'field is immutable');
  }
}

/** The drivers of volumes that run on a node. */
export const csiNodes: ResourceDefinition = {
  group: 'storage.k8s.io',
  plural: 'csinodes',
  singular: 'csinode',
  kind: 'CSINode',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'storage.k8s.io', version: 'v1', kind: 'CSINode' },
      {
        columns: [
          integerColumn('Drivers', 'How many there are.', (object) => (object as CsiNode).spec?.drivers?.length ?? 0),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<CsiNode>(
    {
      setDefaults: (node) => {
        node.spec ??= {};
        // Upstream's type has it by value: it is always on the wire.
        node.spec.drivers ??= [];
      },
      validate,
      validateChange,
    },
    { allowUnconditionalUpdate: false },
  ),
};
