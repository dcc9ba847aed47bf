import type { KubeObject, Shared } from '#kube/api';
import { fillSystemFields } from '../verbs/metadata.ts';

interface IpAddress extends KubeObject {
  spec?: { parentRef?: { group?: string; resource?: string; namespace?: string; name?: string } };
}

/** The IPAddress object by which a service holds an address. */
export function ipAddressOf(address: string, { metadata }: Shared<KubeObject>, nowMs: number): KubeObject {
  const { name = '', namespace = '' } = metadata;
  const object: IpAddress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: {
      name: address,
      labels: {
        'ipaddress.kubernetes.io/ip-family': 'IPv4',
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  };
  fillSystemFields(object, nowMs);
  return object;
}

/** Does it hold its address for some service? */
export function isOfService(object: Shared<KubeObject>): boolean {
  return (object as Shared<IpAddress>).spec?.parentRef?.resource === 'services';
}

/** Does it hold its address for this service? */
export function isHeldBy(object: Shared<KubeObject>, { metadata }: Shared<KubeObject>): boolean {
  const { namespace, name } = (object as Shared<IpAddress>).spec?.parentRef ?? {};
  return isOfService(object) && namespace === metadata.namespace && name === metadata.name;
}
