import type { Client } from '#kube/client';

export * from './fairness.ts';

/** Makes the default priority levels and flow schemas that are missing. See reconcile.ts. */
export async function reconcileFlowControl(
  client: Client,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await (await import('./reconcile.ts')).reconcileFlowControl(client, options);
}
