import { quotaEvaluator } from '#kube/admission';
import type { KubeObject, ResourceDefinition, Shared } from '#kube/api';
import { semanticEqual } from '#kube/api/values';
import { keyOf } from '#kube/client';
import { Collections, resourceOf } from '../collections/mod.ts';
import { isOver, Loop, type Pod } from '../common/mod.ts';
import type { Controller, ControllerContext } from '../contract.ts';
import { countedResources, planQuota, type Tally } from './plan.ts';
import { QUOTAS, type ResourceQuota } from './types.ts';

/** Deletions come in crowds: they are counted together. */
const GATHER_MS = 100;
/** What was charged for writes that failed later is given back at the latest then. */
const RECOUNT_MS = 5 * 60_000;
/** Between a charge and what it is for, and how long that may put us off. */
const SETTLE_MS = 250;
const MAX_SETTLE_MS = 5_000;
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
      onObject: (row, object) => {
        if (row.kind === 'Pod' && row.group === '' && isOver(object as Shared<Pod>)) giveBack(row, object);
      },
      onGone: (row, object) => giveBack(row, object),
      onListed: () => undefined,
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

/** When a quota was charged: lately, and since when again and again. */
interface Charged {
  readonly lastMs: number;
  readonly sinceMs: number;
}

function noteCharge(charged: Map<string, Charged>, key: string, nowMs: number): void {
  const before = charged.get(key);
  const goesOn = before !== undefined && nowMs - before.lastMs < SETTLE_MS;
  charged.set(key, { lastMs: nowMs, sinceMs: goesOn ? before.sinceMs : nowMs });
}

/**
 * What is charged is stored a moment later, and is not there to be counted yet. So nothing is given back before the quota was left alone
 * for that long; under a load without pause it is after all. Answers for how long to wait, or undefined.
 */
export function settleMs(charged: Charged | undefined, nowMs: number): number | undefined {
  if (charged === undefined || nowMs - charged.sinceMs > MAX_SETTLE_MS) return undefined;
  const leftMs = charged.lastMs + SETTLE_MS - nowMs;
  return leftMs > 0 ? leftMs : undefined;
}

/** Measures a quota. Answers after which time to do so again, if it was not the moment. */
async function recount(
  { client, catalog, nowMs }: ControllerContext,
  seen: Shared<ResourceQuota>,
  charged: Charged | undefined,
): Promise<number | undefined> {
  const { namespace = '', name = '' } = seen.metadata;
  // What is charged from here on makes the write fail, and us count again.
  const quota = await client.get<ResourceQuota>(QUOTAS, { namespace, name });
  const tallies: Tally[] = [];
  for (const { row, evaluator } of countedResources(quota, catalog.rows(), quotaEvaluator)) {
    const { items } = await client.list(resourceOf(row), { namespace });
    tallies.push({ evaluator, objects: items });
  }
  const status = planQuota(quota, tallies);
  if (status === undefined) return undefined;
  const waitMs = quota.status?.used === undefined ? undefined : settleMs(charged, nowMs());
  if (waitMs === undefined) await client.update(QUOTAS, { ...quota, status }, { subresource: 'status' });
  return waitMs;
}
