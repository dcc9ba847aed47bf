import type { Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import type { AdmissionPlugin } from './contract.ts';
import { limitRanger } from './limits/limit-ranger.ts';
import { namespaceLifecycle } from './namespaces/namespace-lifecycle.ts';
import { resourceQuotaPlugin } from './quota/plugin.ts';
import { serviceAccountPlugin } from './service-accounts/service-account.ts';

/** What the built-in plugins stand on. */
export interface BuiltinOptions {
  /** Has what `READ_RESOURCES` names. */
  readonly objects: Objects;
  /** The API as the server itself. */
  readonly client: Client;
  /** `false`: no controller makes the default accounts of namespaces, so pods need none (and get no token). */
  readonly serviceAccounts?: boolean;
}

/** The built-in plugins, in upstream's order: those before the webhooks and policies, and those after them. */
export function builtinPlugins(options: BuiltinOptions): { first: AdmissionPlugin[]; last: AdmissionPlugin[] } {
  const { objects, client } = options;
  return {
    first: [
      namespaceLifecycle(objects, client),
      limitRanger(objects),
      ...(options.serviceAccounts === false ? [] : [serviceAccountPlugin(objects, client)]),
    ],
    last: [resourceQuotaPlugin(objects, client)],
  };
}
