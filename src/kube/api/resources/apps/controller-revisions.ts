import type { KubeObject } from '../../object.ts';
import { parseGroupVersion } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, Path, validateImmutable, validateNonnegative } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';

interface ControllerRevision extends KubeObject {
  data?: unknown;
  revision?: number;
}

const DATA = new Path('data');
const REVISION = new Path('revision');

function validate({ data, revision }: ControllerRevision, errors: FieldErrors): void {
  if (data === undefined || data === null) errors.required(DATA, 'data is mandatory');
  validateNonnegative(revision, REVISION, errors);
}

/** `statefulset.apps/web`. */
function controller({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return '<none>';
  const { group } = parseGroupVersion(owner.apiVersion ?? '');
  const kind = (owner.kind ?? '').toLowerCase();
  return `${group === '' ? kind : `${kind}.${group}`}/${owner.name}`;
}

/** What a StatefulSet or DaemonSet was once, to go back to. */
export const controllerRevisions: ResourceDefinition = {
  group: 'apps',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  kind: 'ControllerRevision',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'apps', version: 'v1', kind: 'ControllerRevision' },
      {
        columns: [
          textColumn('Controller', 'Whose state it is.', controller),
          textColumn('Revision', 'The later, the higher.', (object) => (object as ControllerRevision).revision ?? 0),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<ControllerRevision>({
    setDefaults: (object) => {
      // Upstream's type has it by value: it is always on the wire.
      object.revision ??= 0;
    },
    validate,
    validateChange: (object, old, errors) => validateImmutable(object.data, old.data, DATA, errors),
  }),
};
