import { quotaEvaluator } from '#kube/admission';
import type { Shared } from '#kube/api';
import { resourceOf } from '../collections/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { countedResources, planQuota, type Tally } from './plan.ts';
import { QUOTAS, type ResourceQuota } from './types.ts';

/** Between a charge and what it is for, and how long that may put us off. */
const SETTLE_MS = 250;
const MAX_SETTLE_MS = 5_000;

/** When a quota was charged: lately, and since when again and again. */
export interface Charged {
  readonly lastMs: number;
  readonly sinceMs: number;
}

/** Remembers that a quota was charged just now. */
export function noteCharge(charged: Map<string, Charged>, key: string, nowMs: number): void {
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
export async function recount(
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
