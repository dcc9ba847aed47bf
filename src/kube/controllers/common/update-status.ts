import type { GroupVersionResource, KubeObject, Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import type { Client } from '#kube/client';

/**
 * Writes the status if it isn't that already. Throws a Conflict when the object is not what was seen: look again
 * then.
 */
export async function updateStatus<T extends KubeObject>(
  client: Client,
  resource: GroupVersionResource,
  object: Shared<T>,
  status: Shared<object>,
): Promise<T> {
  if (semanticEqual(object.status, status)) return object as unknown as T;
  return client.update<T>(resource, { ...(object as unknown as KubeObject), status }, { subresource: 'status' });
}
