import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { configKeyErrors, type FieldErrors, Path } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { complaints } from '../strategies.ts';
import { base64Length, MAX_DATA_BYTES, validateUnchangedIfImmutable } from './data.ts';
import { v1 } from './version.ts';

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

const DATA = new Path('data');
const BINARY_DATA = new Path('binaryData');
const WHOLE = new Path('');

function validate(map: ConfigMap, errors: FieldErrors): void {
  const { data = {}, binaryData = {} } = map;
  let bytes = 0;
  for (const key of Object.keys(data)) {
    errors.invalidEach(DATA.key(key), key, configKeyErrors(key));
    if (Object.hasOwn(binaryData, key)) errors.invalid(DATA.key(key), key, 'duplicate of key present in binaryData');
    bytes += Buffer.byteLength(data[key] ?? '');
  }
  for (const key of Object.keys(binaryData)) {
    errors.invalidEach(BINARY_DATA.key(key), key, configKeyErrors(key));
    bytes += base64Length(binaryData[key] ?? '');
  }
  if (bytes > MAX_DATA_BYTES) errors.tooLong(WHOLE, MAX_DATA_BYTES);
}

/** Settings for pods: text and bytes by key. */
export const configMaps: ResourceDefinition = {
  group: '',
  plural: 'configmaps',
  singular: 'configmap',
  kind: 'ConfigMap',
  shortNames: ['cm'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('ConfigMap', {
    columns: [
      textColumn('Data', 'Number of keys.', ({ data, binaryData }) => countKeys(data) + countKeys(binaryData)),
      AGE_COLUMN,
    ],
  }),
  storageVersion: 'v1',
  strategy: {
    hasGeneration: false,
    validate: (object) => complaints((errors) => validate(object as ConfigMap, errors)),
    validateUpdate: (object, old) =>
      complaints((errors) => {
        validateUnchangedIfImmutable(object, old, ['data', 'binaryData'], errors);
        validate(object as ConfigMap, errors);
      }),
  },
};

function countKeys(map: unknown): number {
  return typeof map === 'object' && map !== null ? Object.keys(map).length : 0;
}
