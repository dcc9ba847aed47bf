import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { SPEC } from '../../values/mod.ts';
import { AGE_COLUMN } from '../columns.ts';
import { isExtendedResource } from '../core/resource-names.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { MAX_CONFIGS, validateDeviceConfig, validateDeviceSelectors } from './device-claim.ts';
import { validateList } from './lists.ts';
import type { DeviceClass } from './types.ts';

/** Sorts of devices that claims may ask for. */
export const deviceClasses: ResourceDefinition = {
  group: 'resource.k8s.io',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  kind: 'DeviceClass',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [served({ group: 'resource.k8s.io', version: 'v1', kind: 'DeviceClass' }, { columns: [AGE_COLUMN] })],
  storageVersion: 'v1',
  strategy: kindStrategy<DeviceClass>(
    {
      setDefaults: (deviceClass) => {
        deviceClass.spec ??= {};
      },
      validate: ({ spec }, errors) => {
        validateDeviceSelectors(spec.selectors ?? [], SPEC.child('selectors'), errors);
        validateList(spec.config ?? [], MAX_CONFIGS, SPEC.child('config'), errors, (config, path) => {
          validateDeviceConfig(config, path, errors);
        });
        const { extendedResourceName: name } = spec;
        if (name !== undefined && !isExtendedResource(name))
          errors.invalid(SPEC.child('extendedResourceName'), name, 'must be a valid extended resource name');
      },
    },
    { hasGeneration: true },
  ),
};
