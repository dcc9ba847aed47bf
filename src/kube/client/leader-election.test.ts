import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conflict, type GroupVersionResource, type KubeObject, notFound } from '#kube/api';
import type { Client } from './contract.ts';
import { type LeaderElectionOptions, runElected } from './leader-election.ts';

const LEASES = { group: 'coordination.k8s.io', resource: 'leases' };

/** An API that has one lease, compare-and-swap as the real one, and may fall silent. */
class LeaseApi {
  lease: KubeObject | undefined;
  silent = false;
  #version = 0;

  async get(): Promise<KubeObject> {
    await this.#speak();
    if (this.lease === undefined) throw notFound(LEASES, 'l');
    return structuredClone(this.lease);
  }

  async create(_resource: GroupVersionResource, object: KubeObject): Promise<KubeObject> {
    await this.#speak();
    if (this.lease !== undefined) throw conflict(LEASES, 'l', 'it is there');
    return this.#keep(object);
  }

  async update(_resource: GroupVersionResource, object: KubeObject): Promise<KubeObject> {
    await this.#speak();
    if (object.metadata.resourceVersion !== this.lease?.metadata.resourceVersion)
      throw conflict(LEASES, 'l', 'changed');
    return this.#keep(object);
  }

  get holder(): string | undefined {
    return (this.lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity;
  }

  #keep(object: KubeObject): KubeObject {
    this.lease = structuredClone(object);
    this.lease.metadata.resourceVersion = String(++this.#version);
    return structuredClone(this.lease);
  }

  async #speak(): Promise<void> {
    if (this.silent) await new Promise<never>(() => undefined);
  }
}

function options(api: LeaseApi, identity: string, lead: LeaderElectionOptions['lead']): LeaderElectionOptions {
  const times = { leaseDurationMs: 400, renewDeadlineMs: 150, retryMs: 10 };
  return { client: api as unknown as Client, namespace: 'kube-system', name: 'l', identity, lead, ...times };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

describe('runElected', () => {
  it('lets one lead at a time and hands over when that one goes', async () => {
    const api = new LeaseApi();
    let leaders = 0;
    const led = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() };
    const lead = (name: 'a' | 'b') => async (signal: AbortSignal) => {
      assert.equal(++leaders, 1);
      led[name].resolve();
      await aborted(signal);
      leaders--;
    };
    const stops = { a: new AbortController(), b: new AbortController() };
    const first = runElected(options(api, 'a', lead('a')), stops.a.signal);
    await led.a.promise;
    const second = runElected(options(api, 'b', lead('b')), stops.b.signal);
    stops.a.abort();
    await first;
    await led.b.promise;
    assert.equal(api.holder, 'b');
    stops.b.abort();
    await second;
    assert.equal(api.holder, '', 'given back');
  });

  it('stops leading when the API falls silent', async () => {
    const api = new LeaseApi();
    const began = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const stop = new AbortController();
    const lead = async (signal: AbortSignal) => {
      began.resolve();
      await aborted(signal);
      ended.resolve();
    };
    void runElected(options(api, 'a', lead), stop.signal);
    await began.promise;
    api.silent = true;
    await ended.promise;
    stop.abort();
  });

  it('tries again after what it leads has failed, and is not ended by it', async () => {
    const api = new LeaseApi();
    const stop = new AbortController();
    let tries = 0;
    const running = runElected(
      options(api, 'a', async () => {
        if (++tries === 3) stop.abort();
        throw new Error('the storage is away');
      }),
      stop.signal,
    );
    await running;
    assert.equal(tries, 3);
  });
});
