import { ALL_VERBS, type ResourceDefinition } from '../../../resource.ts';
import { canonicalizeResourceList } from '../../../values/mod.ts';
import { complaints, keepStatus, proxySubresource, statusSubresource } from '../../strategies.ts';
import { v1 } from '../version.ts';
import { nodeColumns } from './columns.ts';
import type { Node } from './types.ts';
import { validateNode, validateNodeUpdate } from './validate.ts';

function setDefaults(node: Node): void {
  const { spec, status } = node;
  if (spec !== undefined) mirrorCidrs(spec);
  if (status === undefined) return;
  canonicalizeResourceList(status.capacity);
  if (status.allocatable === undefined && status.capacity !== undefined) status.allocatable = { ...status.capacity };
  else canonicalizeResourceList(status.allocatable);
}

/** The old field holds the first of the new one; a client that knows the old one only has its way. */
function mirrorCidrs(spec: NonNullable<Node['spec']>): void {
  const { podCIDR = '', podCIDRs = [] } = spec;
  if (podCIDR === '' && podCIDRs[0] !== undefined) spec.podCIDR = podCIDRs[0];
  else if (podCIDR !== '' && podCIDRs[0] !== podCIDR) spec.podCIDRs = [podCIDR];
}

/** Machines that pods run on. They register themselves, with their status. */
export const nodes: ResourceDefinition = {
  group: '',
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  shortNames: ['no'],
  namespaced: false,
  verbs: ALL_VERBS,
  versions: v1('Node', {
    columns: nodeColumns,
    selectableFields: { 'spec.unschedulable': (object) => String((object as Node).spec?.unschedulable ?? false) },
  }),
  storageVersion: 'v1',
  storagePrefix: 'minions',
  subresources: {
    proxy: proxySubresource('NodeProxyOptions'),
    status: statusSubresource((object, old, errors) => {
      validateNodeUpdate(object as Node, old as Node, errors);
    }),
  },
  strategy: {
    hasGeneration: false,
    setDefaults: (object) => setDefaults(object as Node),
    prepareForUpdate: keepStatus,
    validate: (object) => complaints((errors) => validateNode(object as Node, errors)),
    validateUpdate: (object, old) => complaints((errors) => validateNodeUpdate(object as Node, old as Node, errors)),
  },
};
