import type { KubeObject } from '#kube/api';
import type { Pod } from '#kube/api/resources';
import { type Objects, RESOURCES } from '#kube/auth';
import type { AdmissionPlugin } from '../contract.ts';

const LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/**
 * PodTopologyLabels: a pod that is bound to a node carries the labels of where that node is. The binding gets them, from which they come
 * to the pod; a pod that is made with its node gets them at once. Labels that are there already stay.
 */
export function podTopologyLabels(objects: Objects): AdmissionPlugin {
  return {
    name: 'PodTopologyLabels',
    handles: ({ resource, subresource, operation }) =>
      (subresource === '' || subresource === 'binding') &&
      operation === 'CREATE' &&
      resource.resource === 'pods' &&
      resource.group === '',
    admit({ object, subresource }) {
      if (object === undefined) return;
      const node = objects.get(RESOURCES.nodes, '', subresource === 'binding' ? boundTo(object) : nodeOf(object));
      for (const label of LABELS) {
        const value = node?.metadata.labels?.[label];
        if (value !== undefined) object.metadata.labels = { [label]: value, ...object.metadata.labels };
      }
    },
  };
}

function boundTo({ target }: KubeObject): string {
  const { kind, name = '' } = (target ?? {}) as { kind?: string; name?: string };
  return kind === 'Node' ? name : '';
}

function nodeOf(object: KubeObject): string {
  return (object as Pod).spec?.nodeName ?? '';
}
