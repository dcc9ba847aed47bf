import type { KubeObject } from '../../../object.ts';
import type { Column } from '../../../resource.ts';
import { AGE_COLUMN, textColumn } from '../../columns.ts';
import { formatLabels } from '../pod-spec/columns.ts';
import type { Service, ServiceSpec } from './types.ts';

const NONE = '<none>';

function specOf(object: KubeObject): ServiceSpec {
  return (object as Service).spec ?? {};
}

function clusterIp(object: KubeObject): string {
  const { clusterIPs = [], clusterIP = '' } = specOf(object);
  return clusterIPs[0] ?? (clusterIP === '' ? NONE : clusterIP);
}

function externalIp(object: KubeObject): string {
  const { type, externalIPs = [], externalName = '' } = specOf(object);
  switch (type) {
    case 'ClusterIP':
    case 'NodePort':
      return externalIPs.length === 0 ? NONE : externalIPs.join(',');
    case 'LoadBalancer': {
      const all = [...balancerAddresses(object), ...externalIPs];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return externalName;
    default:
      return '<unknown>';
  }
}

function balancerAddresses(object: KubeObject): string[] {
  const ingress = (object as Service).status?.loadBalancer?.ingress ?? [];
  const found = ingress.map(({ ip = '', hostname = '' }) => (ip === '' ? hostname : ip)).filter((text) => text !== '');
  return [...new Set(found)].sort();
}

function ports(object: KubeObject): string {
  const shown = (specOf(object).ports ?? []).map(({ port, nodePort = 0, protocol }) =>
    nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return shown.length === 0 ? NONE : shown.join(',');
}

/** What `kubectl get services` prints. */
export const serviceColumns: readonly Column[] = [
  textColumn('Type', 'From where the service can be reached.', (object) => specOf(object).type ?? ''),
  textColumn('Cluster-IP', 'Its address inside the cluster.', clusterIp),
  textColumn('External-IP', 'Its addresses outside.', externalIp),
  textColumn('Port(s)', 'Its ports, and those of the nodes that lead to them.', ports),
  AGE_COLUMN,
  textColumn('Selector', 'Labels of the pods behind it.', (object) => formatLabels(specOf(object).selector), 1),
];
