import { internalError, isStatusError, type Shared } from '#kube/api';
import type { ResourceQuota } from '#kube/api/resources';
import { formatQuantity, setEntry } from '#kube/api/values';
import type { Objects } from '#kube/auth';
import type { Client, Patch } from '#kube/client';
import { READ_RESOURCES } from '../common/resources.ts';
import type { AdmissionAttributes } from '../contract.ts';
import { type Account, charge, openAccount } from './charge.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import type { Usage } from './usage.ts';

const { resourceQuotas: QUOTAS } = READ_RESOURCES;
const STATUS = { subresource: 'status' };
/** Tries against others who write the same quotas: the controller, and other servers. */
const MAX_TRIES = 16;
/** Requests that may wait for one namespace. */
const MAX_WAITING = 10_000;

interface Waiter {
  readonly attributes: AdmissionAttributes;
  readonly evaluator: QuotaEvaluator;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Charges requests to the quotas of their namespaces. Those that come while a namespace's quotas are being written are charged together,
 * with one compare-and-swap of each quota's status: however many come at once, never is more granted than there is.
 */
export class QuotaLedger {
  readonly #objects: Objects;
  readonly #client: Client;
  readonly #waiting = new Map<string, Waiter[]>();

  constructor(objects: Objects, client: Client) {
    this.#objects = objects;
    this.#client = client;
  }

  /** Resolves when all quotas are charged; rejects with a 403 when one would be exceeded. */
  charge(attributes: AdmissionAttributes, evaluator: QuotaEvaluator): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { attributes, evaluator, resolve, reject };
    const waiting = this.#waiting.get(attributes.namespace);
    if (waiting === undefined) {
      this.#waiting.set(attributes.namespace, [waiter]);
      void this.#drain(attributes.namespace);
    } else if (waiting.length >= MAX_WAITING) {
      reject(internalError('too many requests wait for the resource quotas of this namespace'));
    } else waiting.push(waiter);
    return promise;
  }

  async #drain(namespace: string): Promise<void> {
    for (;;) {
      const waiting = this.#waiting.get(namespace) ?? [];
      if (waiting.length === 0) break;
      const batch = waiting.splice(0);
      try {
        await this.#chargeBatch(namespace, batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#waiting.delete(namespace);
  }

  async #chargeBatch(namespace: string, batch: Waiter[]): Promise<void> {
    let accounts = (this.#objects.list(QUOTAS, namespace) as readonly Shared<ResourceQuota>[]).map(openAccount);
    let waiters = batch;
    for (let tries = 1; ; tries++) {
      waiters = chargeEach(waiters, accounts);
      const failed = await this.#write(namespace, accounts, tries === MAX_TRIES);
      if (failed.size === 0) break;
      // Only what was not written is charged again, as others have left it.
      const { items } = await this.#client.list<ResourceQuota>(QUOTAS, { namespace });
      accounts = items.filter(({ metadata }) => failed.has(metadata.name)).map(openAccount);
    }
    for (const { resolve } of waiters) resolve();
  }

  /** Writes the quotas that have changed; answers the names of those that others changed before. */
  async #write(namespace: string, accounts: readonly Account[], isLastTry: boolean): Promise<Set<string | undefined>> {
    const failed = new Set<string | undefined>();
    for (const { quota, used } of accounts) {
      const next = listOf(used);
      if (!hasChanged(quota, next)) continue;
      try {
        await this.#client.patch(QUOTAS, { namespace, name: quota.metadata.name ?? '' }, charging(quota, next), STATUS);
      } catch (error) {
        if (isLastTry || !isOutrun(error)) throw error;
        failed.add(quota.metadata.name);
      }
    }
    return failed;
  }
}

/** Charges one after the other; answers those who got what they asked for, the others hear why not. */
function chargeEach(waiters: readonly Waiter[], accounts: readonly Account[]): Waiter[] {
  return waiters.filter((waiter) => {
    const { attributes, evaluator, reject } = waiter;
    try {
      // A dry run is checked, but takes nothing.
      charge(attributes, evaluator, attributes.dryRun ? accounts.map((account) => ({ ...account })) : accounts);
      return true;
    } catch (error) {
      reject(error);
      return false;
    }
  });
}

/** A compare-and-swap of the status alone: who writes anything else of the quota at the same time does not matter. */
function charging({ status }: Shared<ResourceQuota>, used: Record<string, string>): Patch {
  return {
    type: 'json',
    body: [
      { op: 'test', path: '/status', value: status },
      { op: 'add', path: '/status/used', value: used },
    ],
  };
}

/** Has somebody else changed the status, or taken the quota away? Then the test of the patch failed. */
function isOutrun(error: unknown): boolean {
  return isStatusError(error) && (error.code === 404 || error.code === 409 || error.code === 422);
}

function listOf(usage: Usage): Record<string, string> {
  const list: Record<string, string> = {};
  for (const [name, amount] of usage) setEntry(list, name, formatQuantity(amount));
  return list;
}

function hasChanged({ status }: Shared<ResourceQuota>, next: Record<string, string>): boolean {
  const used = status?.used ?? {};
  return Object.keys(next).some((name) => !Object.hasOwn(used, name) || used[name] !== next[name]);
}
