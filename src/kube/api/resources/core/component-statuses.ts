import type { KubeObject } from '../../object.ts';
import type { ResourceDefinition } from '../../resource.ts';
import { textColumn } from '../columns.ts';
import { v1 } from './version.ts';

interface ComponentCondition {
  type?: string;
  status?: string;
  message?: string;
  error?: string;
}

function health(object: KubeObject): ComponentCondition | undefined {
  const conditions = (object.conditions ?? []) as readonly ComponentCondition[];
  return conditions.find(({ type }) => type === 'Healthy');
}

function status(object: KubeObject): string {
  const condition = health(object);
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'Healthy' : 'Unhealthy';
}

/** What kubectl calls `cs`: deprecated, read only, never stored. */
export const componentStatuses: ResourceDefinition = {
  group: '',
  plural: 'componentstatuses',
  singular: 'componentstatus',
  kind: 'ComponentStatus',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  versions: v1('ComponentStatus', {
    deprecationWarning: 'v1 ComponentStatus is deprecated in v1.19+',
    columns: [
      textColumn('Status', 'Is the component healthy?', status),
      textColumn('Message', 'What the component says of its health.', (object) => health(object)?.message ?? ''),
      textColumn('Error', 'Why its health could not be asked for.', (object) => health(object)?.error ?? ''),
    ],
  }),
  storageVersion: 'v1',
  stored: false,
  strategy: { hasGeneration: false },
};
