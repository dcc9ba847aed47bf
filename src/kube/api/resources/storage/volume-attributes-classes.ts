import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { Path } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { validateDriverName } from './driver-name.ts';
import { forbidUpdate, validateParameters } from './parameters.ts';

interface VolumeAttributesClass extends KubeObject {
  driverName?: string;
  parameters?: Record<string, string>;
}

const DEFAULT_ANNOTATION = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';
const DRIVER_NAME = new Path('driverName');
const PARAMETERS = new Path('parameters');

/** `fast (default)` for the class of claims that name none. */
function shownName({ metadata }: KubeObject): string {
  return metadata.annotations?.[DEFAULT_ANNOTATION] === 'true' ? `${metadata.name} (default)` : (metadata.name ?? '');
}

/** What volumes can be made to be while they are in use. */
export const volumeAttributesClasses: ResourceDefinition = {
  group: 'storage.k8s.io',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  kind: 'VolumeAttributesClass',
  shortNames: ['vac'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttributesClass' },
      {
        columns: [
          { ...textColumn('Name', 'Its name, and whether it is the default.', shownName), format: 'name' },
          textColumn('DriverName', 'Whose volumes.', (object) => (object as VolumeAttributesClass).driverName ?? ''),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<VolumeAttributesClass>({
    validate: ({ driverName = '', parameters = {} }, errors) => {
      validateDriverName(driverName, DRIVER_NAME, errors);
      validateParameters(parameters, true, PARAMETERS, errors);
    },
    validateChange: (object, old, errors) => {
      forbidUpdate(object.driverName, old.driverName, 'driverName', DRIVER_NAME, errors);
      forbidUpdate(object.parameters, old.parameters, 'parameters', PARAMETERS, errors);
    },
  }),
};
