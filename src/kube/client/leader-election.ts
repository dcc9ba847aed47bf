import { log } from '#base';
import { isStatusError, type KubeObject } from '#kube/api';
import { formatMicroTime } from '#kube/api/values';
import { pause } from './backoff.ts';
import type { Client } from './contract.ts';

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };

interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** Who wants to lead what. Times as client-go's: duration > renewal deadline > retry. */
export interface LeaderElectionOptions {
  readonly client: Client;
  readonly namespace: string;
  /** Name of the lease. */
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  readonly leaseDurationMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
  /** Leads until its signal is aborted: then it must stop at once, for another may lead. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

const LEASE_DURATION_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2_000;

/**
 * Leads whenever the lease can be had, until `signal` is aborted; gives the lease back then. Who cannot renew it in time stops, also
 * where the API does not answer at all, so that never two lead at once. A `lead` that fails gives the lease back and is tried again.
 */
export async function runElected(options: LeaderElectionOptions, signal: AbortSignal): Promise<void> {
  const election = new Election(options);
  while (!signal.aborted) {
    if (await election.tryAcquire()) await election.leadWhileRenewed(signal);
    await pause(options.retryMs ?? RETRY_MS, signal);
  }
}

class Election {
  readonly #options: LeaderElectionOptions;
  /** What was seen of the lease, and when by our own clock: others' clocks are not trusted. */
  #seen: { readonly text: string; readonly atMs: number } | undefined;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
  }

  /** Takes the lease if it is free, ours, or was not renewed for its time; renews it if it is ours. */
  async tryAcquire(): Promise<boolean> {
    const { client, namespace, name } = this.#options;
    try {
      const lease = await client.get<Lease>(LEASES, { namespace, name });
      if (!this.#mayTake(lease)) return false;
      await client.update(LEASES, { ...lease, spec: this.#spec(lease) });
      return true;
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return this.#create();
      if (!isStatusError(error, 'Conflict')) log.debug('a lease could not be taken', { lease: name, error });
      return false;
    }
  }

  /** Runs `lead` and renews until it ends, `signal` is aborted, or the lease is lost. */
  async leadWhileRenewed(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const leading = this.#lead(both).finally(() => stop.abort());
    await this.#renew(both);
    stop.abort();
    await leading;
    await this.#release();
  }

  async #lead(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.lead(signal);
    } catch (error) {
      log.error('what the holder of a lease does has failed', { lease: this.#options.name, error });
    }
  }

  /** Returns when `signal` is aborted, or when the last renewal is too long ago. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { retryMs = RETRY_MS, renewDeadlineMs = RENEW_DEADLINE_MS, name } = this.#options;
    // What counts is when it was asked for: others may count from then.
    let renewedMs = performance.now();
    while (!signal.aborted) {
      await pause(retryMs, signal);
      if (signal.aborted) return;
      const askedMs = performance.now();
      const leftMs = renewedMs + renewDeadlineMs - askedMs;
      if (leftMs > 0 && (await this.#acquireWithin(leftMs, signal))) renewedMs = askedMs;
      else if (performance.now() - renewedMs >= renewDeadlineMs) {
        log.warn('a lease was lost', { lease: name });
        return;
      }
    }
  }

  /** False also where there is no answer in time: an API that hangs must not keep anybody leading. */
  async #acquireWithin(timeMs: number, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const tooLate = pause(timeMs, AbortSignal.any([signal, over.signal])).then(() => false);
    try {
      return await Promise.race([this.tryAcquire(), tooLate]);
    } finally {
      over.abort();
    }
  }

  #mayTake(lease: Lease): boolean {
    const { identity, leaseDurationMs = LEASE_DURATION_MS } = this.#options;
    const holder = lease.spec?.holderIdentity ?? '';
    const text = `${holder} ${lease.spec?.renewTime ?? ''}`;
    if (this.#seen?.text !== text) this.#seen = { text, atMs: performance.now() };
    return holder === '' || holder === identity || performance.now() - this.#seen.atMs > leaseDurationMs;
  }

  #spec(lease: Lease | undefined): NonNullable<Lease['spec']> {
    const { identity, leaseDurationMs = LEASE_DURATION_MS } = this.#options;
    const renewTime = formatMicroTime(Date.now());
    const before = lease?.spec ?? {};
    const ours = before.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: ours ? (before.acquireTime ?? renewTime) : renewTime,
      renewTime,
      leaseTransitions: (before.leaseTransitions ?? 0) + (ours || lease === undefined ? 0 : 1),
    };
  }

  async #create(): Promise<boolean> {
    const { client, namespace, name } = this.#options;
    const metadata = { name, namespace };
    try {
      await client.create(LEASES, {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata,
        spec: this.#spec(undefined),
      });
      return true;
    } catch (error) {
      log.debug('a lease could not be made', { lease: name, error });
      return false;
    }
  }

  /** So that the next one need not wait. */
  async #release(): Promise<void> {
    const { client, namespace, name, identity } = this.#options;
    try {
      const lease = await client.get<Lease>(LEASES, { namespace, name });
      if (lease.spec?.holderIdentity !== identity) return;
      await client.update(LEASES, {
        ...lease,
        spec: { ...lease.spec, holderIdentity: '', renewTime: formatMicroTime(Date.now()) },
      });
    } catch (error) {
      log.debug('a lease was not given back', { lease: name, error });
    }
  }
}
