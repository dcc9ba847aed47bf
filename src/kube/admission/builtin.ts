import type { Authorizer, Objects } from '#kube/auth';
import type { Client } from '#kube/client';
import { certificateApproval, certificateSigning, certificateSubjects } from './certificates/signers.ts';
import type { AdmissionPlugin } from './contract.ts';
import { limitRanger } from './limits/limit-ranger.ts';
import { namespaceLifecycle } from './namespaces/namespace-lifecycle.ts';
import { defaultIngressClass } from './networking/default-ingress-class.ts';
import { taintNewNodes } from './nodes/taint-new-nodes.ts';
import { podSecurity } from './pod-security/plugin.ts';
import { defaultTolerations } from './pods/default-tolerations.ts';
import { runtimeClassPlugin } from './pods/runtime-class.ts';
import { podTopologyLabels } from './pods/topology-labels.ts';
import { priorityPlugin } from './priority/priority.ts';
import { resourceQuotaPlugin } from './quota/plugin.ts';
import { serviceAccountPlugin } from './service-accounts/service-account.ts';
import { claimResize } from './storage/claim-resize.ts';
import { defaultStorageClass } from './storage/default-storage-class.ts';
import { inUseProtection } from './storage/in-use-protection.ts';

/** What the built-in plugins stand on. */
export interface BuiltinOptions {
  /** Has what `READ_RESOURCES` names, and nodes. */
  readonly objects: Objects;
  /** The API as the server itself. */
  readonly client: Client;
  /** Says who may approve and sign certificates. */
  readonly authorizer: Authorizer;
  /** `false`: no controller makes the default accounts of namespaces, so pods need none (and get no token). */
  readonly serviceAccounts?: boolean;
}

/** The built-in plugins, in upstream's order: those before the webhooks and policies, and those after them. */
export function builtinPlugins(options: BuiltinOptions): { first: AdmissionPlugin[]; last: AdmissionPlugin[] } {
  const { objects, client, authorizer } = options;
  return {
    first: [
      namespaceLifecycle(objects, client),
      limitRanger(objects),
      ...(options.serviceAccounts === false ? [] : [serviceAccountPlugin(objects, client)]),
      taintNewNodes,
      podSecurity(objects, client),
      priorityPlugin(objects, client),
      defaultTolerations,
      defaultStorageClass(objects),
      inUseProtection,
      claimResize(objects),
      runtimeClassPlugin(objects, client),
      certificateApproval(authorizer),
      certificateSigning(authorizer),
      certificateSubjects,
      defaultIngressClass(objects),
      podTopologyLabels(objects),
    ],
    last: [resourceQuotaPlugin(objects, client)],
  };
}
