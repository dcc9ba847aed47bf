import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { qualifiedNameErrors, SPEC } from '../../values/mod.ts';
import { AGE_COLUMN } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { validateDeviceConfig, validateDeviceSelectors } from './device-claim.ts';
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
        spec.config?.forEach((config, i) => {
          validateDeviceConfig(config, SPEC.child('config').index(i), errors);
        });
        const { extendedResourceName: name } = spec;
        if (name !== undefined) errors.invalidEach(SPEC.child('extendedResourceName'), name, qualifiedNameErrors(name));
      },
    },
    { hasGeneration: true },
  ),
};
