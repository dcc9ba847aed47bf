import { quotaEvaluator } from '#kube/admission';
import type { KubeObject, ResourceDefinition, Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { keyOf } from '#kube/client';
import { Collections } from '../collections/mod.ts';
import { isOver, Loop, type Pod } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { countedResources } from './plan.ts';
import { type Charged, noteCharge, recount } from './recount.ts';
import { QUOTAS, type ResourceQuota } from './types.ts';

/** Deletions come in crowds: they are counted together. */
const GATHER_MS = 100;
/** What was charged for writes that failed later is given back at the latest then. */
const RECOUNT_MS = 5 * 60_000;
const BY_NAMESPACE = 'namespace';

/** Measures what is used of each quota, and gives back what was deleted: admission only ever takes. */
export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  start(context) {
    const { client, catalog, informers, nowMs } = context;
    const quotas = informers
      .of<ResourceQuota>(QUOTAS)
      .addIndex(BY_NAMESPACE, ({ metadata }) => [metadata.namespace ?? '']);
    const charged = new Map<string, Charged>();
    const loop = new Loop({
      name: 'resourcequota-controller',
      reconcile: async (key) => {
        const quota = quotas.get(key);
        if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return undefined;
        const waitMs = await recount(context, quota, charged.get(key));
        return { requeueAfterMs: waitMs ?? RECOUNT_MS };
      },
    });
    const giveBack = (row: ResourceDefinition, object: Shared<KubeObject>) => {
      for (const quota of quotas.byIndex(BY_NAMESPACE, object.metadata.namespace ?? '')) {
        if (isCounting(quota, row)) loop.addAfter(keyOf(quota as KubeObject), GATHER_MS);
      }
    };
    const wants = (row: ResourceDefinition) => row.namespaced && quotas.list().some((quota) => isCounting(quota, row));
    const collections = new Collections(client, catalog, wants, {
      onObject: (row, { object }) => {
        if (row.kind === 'Pod' && row.group === '' && isOver(object as Shared<Pod>)) giveBack(row, object);
      },
      onGone: (row, { object }) => giveBack(row, object),
      // What went before we began to follow is counted no more.
      onListed: (row) => {
        for (const quota of quotas.list())
          if (isCounting(quota, row)) loop.addAfter(keyOf(quota as KubeObject), GATHER_MS);
      },
      onResources: () => undefined,
    });
    const add = (quota: Shared<ResourceQuota>) => {
      loop.add(keyOf(quota as KubeObject));
      collections.update();
    };
    // Admission writes the status with every create: that is nothing to count for.
    const onUpdate = (quota: Shared<ResourceQuota>, old: Shared<ResourceQuota>) => {
      noteCharge(charged, keyOf(quota as KubeObject), nowMs());
      if (!semanticEqual(quota.spec, old.spec) || !semanticEqual(quota.status?.hard, quota.spec?.hard)) add(quota);
    };
    const onDelete = (quota: Shared<ResourceQuota>) => {
      charged.delete(keyOf(quota as KubeObject));
      collections.update();
    };
    loop.handle(quotas, { onAdd: add, onUpdate, onDelete });
    loop.begin();
    return {
      async [Symbol.asyncDispose]() {
        await collections[Symbol.asyncDispose]();
        await loop[Symbol.asyncDispose]();
      },
    };
  },
};

function isCounting(quota: Shared<ResourceQuota>, row: ResourceDefinition): boolean {
  return countedResources(quota, [row], quotaEvaluator).length > 0;
}
