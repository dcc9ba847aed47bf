import { isStatusError, type KubeObject } from '#kube/api';
import type { Client } from '#kube/client';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' };
const SERVICES = { group: '', version: 'v1', resource: 'services' };

/** Namespaces that every cluster has. */
const SYSTEM = ['kube-system', 'kube-public', 'kube-node-lease', 'default'];

/** Makes the namespaces that every cluster has, where they are missing. */
export async function ensureNamespaces(client: Client): Promise<void> {
  for (const name of SYSTEM)
    await ensure(client, NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** Makes the service by which pods reach the API: `kubernetes.default`. */
export async function ensureKubernetesService(client: Client, address: string, port: number): Promise<void> {
  await ensure(client, SERVICES, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: address,
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
    },
  });
}

async function ensure(client: Client, resource: typeof NAMESPACES, object: KubeObject): Promise<void> {
  const { name = '', namespace = '' } = object.metadata;
  try {
    await client.get(resource, { name, namespace });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    await create(client, resource, object);
  }
}

async function create(client: Client, resource: typeof NAMESPACES, object: KubeObject): Promise<void> {
  try {
    await client.create(resource, object);
  } catch (error) {
    // Another server of the same cluster was faster.
    if (!isStatusError(error, 'AlreadyExists')) throw error;
  }
}
