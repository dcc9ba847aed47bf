import type { Client } from '#kube/client';
import type { Objects } from '../objects.ts';

export * from './fairness.ts';

/** Makes the default priority levels and flow schemas that are missing. See reconcile.ts. */
export async function reconcileFlowControl(
  client: Client,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await (await import('./reconcile.ts')).reconcileFlowControl(client, options);
}

/** Keeps the condition of flow schemas whose priority level is missing, until it is disposed. See flow-schema-status.ts. */
export async function keepFlowSchemaStatus(objects: Objects, client: Client): Promise<AsyncDisposable> {
  return new (await import('./flow-schema-status.ts')).FlowSchemaStatus(objects, client);
}
