import { type GroupVersionResource, isStatusError, type KubeObject } from '#kube/api';
import type { Client, ObjectRef } from './contract.ts';

/** Reads an object; undefined where there is none. */
export async function findObject<T extends KubeObject = KubeObject>(
  client: Client,
  resource: GroupVersionResource,
  ref: ObjectRef,
  options: Parameters<Client['get']>[2] = {},
): Promise<T | undefined> {
  try {
    return await client.get<T>(resource, ref, options);
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}
