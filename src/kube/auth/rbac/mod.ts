import type { Client } from '#kube/client';
import type { BootstrapPolicy } from './bootstrap/policy.ts';

export * from './rbac-authorizer.ts';
export type { PolicyRule, RoleRef, Subject as RbacSubject } from './types.ts';
export type { BootstrapPolicy };

/** Upstream's default roles and bindings. The tables are loaded for this call. */
export async function bootstrapPolicy(): Promise<BootstrapPolicy> {
  return (await import('./bootstrap/policy.ts')).bootstrapPolicy();
}

/** Makes the default roles and bindings that are missing, and gives existing ones what they lack. See bootstrap/reconcile.ts. */
export async function reconcileBootstrapPolicy(
  client: Client,
  options: { readonly signal?: AbortSignal } = {},
): Promise<void> {
  await (await import('./bootstrap/reconcile.ts')).reconcileBootstrapPolicy(client, options);
}
export * from './escalation.ts';
