import { ALL_VERBS, type ResourceDefinition } from '../../../resource.ts';
import { complaints, proxySubresource, statusSubresource } from '../../strategies.ts';
import { v1 } from '../version.ts';
import { validateServiceChange } from './cluster-ips.ts';
import { serviceColumns } from './columns.ts';
import { setServiceDefaults } from './defaults.ts';
import { prepareServiceForCreate, prepareServiceForUpdate } from './prepare.ts';
import type { Service } from './types.ts';
import { validateService, validateServiceStatus } from './validate.ts';

/** Addresses that stand for pods. Who allocates them does it between `prepareForCreate` and `validate`. */
export const services: ResourceDefinition = {
  group: '',
  plural: 'services',
  singular: 'service',
  kind: 'Service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('Service', {
    columns: serviceColumns,
    selectableFields: {
      'spec.clusterIP': (object) => (object as Service).spec?.clusterIP ?? '',
      'spec.type': (object) => (object as Service).spec?.type ?? '',
    },
  }),
  storageVersion: 'v1',
  storagePrefix: 'services/specs',
  subresources: {
    proxy: proxySubresource('ServiceProxyOptions'),
    status: statusSubresource((object, old, errors) => {
      validateServiceStatus(object as Service, old as Service, errors);
    }),
  },
  strategy: {
    nameRule: 'dns-label',
    hasGeneration: false,
    allowCreateOnUpdate: true,
    setDefaults: (object) => setServiceDefaults(object as Service),
    prepareForCreate: (object) => prepareServiceForCreate(object as Service),
    prepareForUpdate: (object, old) => prepareServiceForUpdate(object as Service, old as Service),
    validate: (object) => complaints((errors) => validateService(object as Service, errors)),
    validateUpdate: (object, old) =>
      complaints((errors) => {
        validateServiceChange(object as Service, old as Service, errors);
        validateService(object as Service, errors, old as Service);
      }),
  },
};
