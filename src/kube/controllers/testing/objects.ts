import type { KubeObject } from '#kube/api';
import type { Client } from '#kube/client';

/** Makes a namespace. */
export function makeNamespace(client: Client, name: string): Promise<KubeObject> {
  const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
  return client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}
