import { clusterRoleAggregation } from './clusterrole-aggregation/mod.ts';
import type { Controller } from './contract.ts';
import { garbageCollector } from './garbage-collector/mod.ts';
import { namespaceController } from './namespace/mod.ts';
import { resourceQuotaController } from './resourcequota/mod.ts';
import { rootCaPublisher } from './root-ca-cert-publisher/mod.ts';
import { serviceAccountController } from './serviceaccount/mod.ts';
import { tokensController } from './serviceaccount-token/mod.ts';

/** Those that look after the cluster itself rather than its workloads, in the order in which they start. */
export function clusterControllers(): readonly Controller[] {
  return [
    namespaceController,
    serviceAccountController,
    tokensController,
    rootCaPublisher,
    clusterRoleAggregation,
    resourceQuotaController,
    garbageCollector,
  ];
}
