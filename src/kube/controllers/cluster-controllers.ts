import { bootstrapSigner, tokenCleaner } from './bootstrap/mod.ts';
import { csrApprover, csrCleaner, csrSigner } from './certificates/mod.ts';
import { clusterRoleAggregation } from './clusterrole-aggregation/mod.ts';
import type { Controller } from './contract.ts';
import { ephemeralVolumeController } from './ephemeral-volume/mod.ts';
import { garbageCollector } from './garbage-collector/mod.ts';
import { namespaceController } from './namespace/mod.ts';
import { nodeIpam } from './node-ipam/mod.ts';
import { nodeLifecycle } from './node-lifecycle/mod.ts';
import { nodeTtl } from './node-ttl/mod.ts';
import { persistentVolumeBinder } from './persistent-volume-binder/mod.ts';
import { resourceClaimController } from './resource-claim/mod.ts';
import { resourceQuotaController } from './resourcequota/mod.ts';
import { rootCaPublisher } from './root-ca-cert-publisher/mod.ts';
import { addressCleaner, serviceCidrsController } from './service-cidrs/mod.ts';
import { serviceAccountController } from './serviceaccount/mod.ts';
import { tokensController } from './serviceaccount-token/mod.ts';
import { taintEviction } from './taint-eviction/mod.ts';
import { attachmentCleaner } from './volume-attachment/mod.ts';
import { claimProtection, volumeProtection } from './volume-protection/mod.ts';

/** Those that look after the cluster itself rather than its workloads, in the order in which they start. */
export function clusterControllers(): readonly Controller[] {
  return [
    namespaceController,
    serviceAccountController,
    tokensController,
    rootCaPublisher,
    clusterRoleAggregation,
    resourceQuotaController,
    csrApprover,
    csrSigner,
    csrCleaner,
    tokenCleaner,
    bootstrapSigner,
    nodeIpam,
    nodeLifecycle,
    taintEviction,
    nodeTtl,
    persistentVolumeBinder,
    claimProtection,
    volumeProtection,
    ephemeralVolumeController,
    attachmentCleaner,
    resourceClaimController,
    serviceCidrsController,
    addressCleaner,
    garbageCollector,
  ];
}
