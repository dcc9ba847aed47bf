import { type GroupVersionResource, isStatusError, type KubeObject, type Shared } from '#kube/api';

export const NAMESPACES: GroupVersionResource = { group: '', version: 'v1', resource: 'namespaces' };

/** Is the namespace in use, so that things may be made in it? */
export function isActiveNamespace(namespace: Shared<KubeObject> | undefined): boolean {
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}

/** Waits for a create. Somebody was faster, or the namespace is on its way out: both are as they should be. */
export async function orThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (isStatusError(error, 'AlreadyExists') || isStatusError(error, 'NotFound')) return;
    if (isStatusError(error, 'Forbidden') && isBecauseTerminating(error.details?.causes)) return;
    throw error;
  }
}

function isBecauseTerminating(causes: readonly { readonly reason: string }[] = []): boolean {
  return causes.some(({ reason }) => reason === 'NamespaceTerminating');
}
