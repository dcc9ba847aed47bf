import type { GroupVersionResource, KubeObject } from '#kube/api';
import { isStatusError } from '#kube/api';
import type { Client, ObjectRef } from '#kube/client';

/** An object, or undefined where there is none. */
export async function find<T extends KubeObject = KubeObject>(
  client: Client,
  resource: GroupVersionResource,
  ref: ObjectRef,
): Promise<T | undefined> {
  try {
    return await client.get<T>(resource, ref);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** Makes a namespace. */
export function makeNamespace(client: Client, name: string): Promise<KubeObject> {
  const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
  return client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}
