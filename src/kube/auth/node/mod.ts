import type { AdmissionPlugin } from '#kube/admission';
import type { Authorizer } from '../contract.ts';
import type { Objects } from '../objects.ts';

/** Upstream's Node authorizer; loaded for this call, so that clusters without nodes don't pay for it. */
export async function nodeAuthorizer(objects: Objects): Promise<Authorizer> {
  const [{ NodeAuthorizer }, { nodeRules }] = await Promise.all([
    import('./node-authorizer.ts'),
    import('../rbac/bootstrap/component-roles.ts'),
  ]);
  return new NodeAuthorizer(objects, nodeRules());
}

/** Upstream's NodeRestriction admission plugin. */
export async function nodeRestriction(objects: Objects): Promise<AdmissionPlugin> {
  return (await import('./restriction.ts')).nodeRestrictionPlugin(objects);
}
