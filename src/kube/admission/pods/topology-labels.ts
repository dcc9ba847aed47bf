import type { Pod } from '#kube/api/resources';
import { type Objects, RESOURCES } from '#kube/auth';
import type { AdmissionPlugin } from '../contract.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** PodTopologyLabels: a pod that is bound to a node carries the labels of where that node is. */
export function podTopologyLabels(objects: Objects): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    handles: ({ resource, subresource, operation }) =>
      subresource === 'binding' && operation === 'UPDATE' && resource.resource === 'pods' && resource.group === '',
    admit({ object }) {
      const pod = object as Pod | undefined;
      const node = objects.get(RESOURCES.nodes, '', pod?.spec.nodeName ?? '');
      if (pod === undefined || node === undefined) return;
      for (const label of LABELS) {
        const value = node.metadata.labels?.[label];
        if (value !== undefined) pod.metadata.labels = { ...pod.metadata.labels, [label]: value };
      }
    },
  };
}
