import type { Shared } from '#kube/api';
import type { ResourceQuota } from '#kube/api/resources';
import type { Quantity } from '#kube/api/values';
import { refuse } from '../common/refuse.ts';
import type { AdmissionAttributes } from '../contract.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { scopesOf } from './scopes.ts';
import { difference, formatUsage, readUsage, sum, type Usage } from './usage.ts';

/** A quota while requests are charged to it. */
export interface Account {
  readonly quota: Shared<ResourceQuota>;
  readonly hard: Usage;
  used: Usage;
}

/** Opens an account for a quota as it stands. */
export function openAccount(quota: Shared<ResourceQuota>): Account {
  return { quota, hard: readUsage(quota.status?.hard), used: readUsage(quota.status?.used) };
}

/** Charges what a request uses to all the quotas that count it, or to none: throws the 403 of the first that would be exceeded. */
export function charge(attributes: AdmissionAttributes, evaluator: QuotaEvaluator, accounts: readonly Account[]): void {
  const counting = accounts.filter((account) => isCounting(attributes, evaluator, account));
  if (counting.length === 0) return;
  const delta = deltaOf(attributes, evaluator);
  if (delta.size === 0) return;
  const charged = counting.map((account) => usedAfter(attributes, account, delta));
  counting.forEach((account, i) => {
    account.used = charged[i] as Usage;
  });
}

function isCounting(
  attributes: AdmissionAttributes,
  evaluator: QuotaEvaluator,
  { quota, hard, used }: Account,
): boolean {
  const { object } = attributes;
  const names = [...hard.keys()].filter((name) => evaluator.counts(name)).sort();
  if (object === undefined || names.length === 0) return false;
  if (!scopesOf(quota).every((scope) => evaluator.inScope?.(scope, object) === true)) return false;
  const missing = evaluator.missing?.(names, object);
  if (missing !== undefined) throw refuse(attributes, `failed quota: ${quota.metadata.name}: ${missing}`);
  const unknown = names.filter((name) => !used.has(name));
  if (unknown.length === 0) return true;
  throw refuse(attributes, `status unknown for quota: ${quota.metadata.name}, resources: ${unknown.join(',')}`);
}

/** What the request adds to what is used: on update, the change. */
function deltaOf(attributes: AdmissionAttributes, evaluator: QuotaEvaluator): Usage {
  const { object, oldObject, operation } = attributes;
  const usage = readUsage(object === undefined ? {} : evaluator.usage(object));
  const negative = [...usage].filter(([, { nanos }]) => nanos < 0n).map(([name]) => name);
  if (negative.length > 0) {
    throw refuse(attributes, `quota usage is negative for resource(s): ${negative.sort().join(',')}`);
  }
  const before = operation === 'UPDATE' && oldObject !== undefined ? evaluator.usage(oldObject) : {};
  return difference(usage, readUsage(before));
}

function usedAfter(attributes: AdmissionAttributes, { quota, hard, used }: Account, delta: Usage): Usage {
  const after = new Map<string, Quantity>(used);
  const requested = [...delta.keys()].filter((name) => hard.has(name)).sort();
  for (const name of requested) after.set(name, sum(used.get(name), delta.get(name)));
  const exceeded = requested.filter((name) => isExceeded(name, delta, after, hard));
  if (exceeded.length === 0) return after;
  const figures = [
    `requested: ${formatUsage(delta, exceeded)}`,
    `used: ${formatUsage(used, exceeded)}`,
    `limited: ${formatUsage(hard, exceeded)}`,
  ];
  throw refuse(attributes, `exceeded quota: ${quota.metadata.name}, ${figures.join(', ')}`);
}

/** To use less is always allowed, also where more is used than there should be. */
function isExceeded(name: string, delta: Usage, after: Usage, hard: Usage): boolean {
  return (delta.get(name)?.nanos ?? 0n) > 0n && (after.get(name)?.nanos ?? 0n) > (hard.get(name)?.nanos ?? 0n);
}
