import type { EtcdConnection } from './connection.ts';
import { leaseGrantRequest, readLeaseGrantResponse } from './messages.ts';

/** A lease is given to more keys for this share of its time: they live that much longer than they were to. */
const REUSE_SHARE = 0.05;
const REUSE_SECONDS_MAX = 60;
/** Keys of one lease; they go in one transaction. */
const KEYS_MAX = 1000;

interface Lease {
  readonly id: Promise<bigint>;
  readonly reusableUntilMs: number;
  keys: number;
}

/** Leases shared by keys that are to go at about the same time: etcd copes badly with one for each. */
export class Leases {
  readonly #connection: EtcdConnection;
  readonly #newest = new Map<number, Lease>();

  constructor(connection: EtcdConnection) {
    this.#connection = connection;
  }

  /** A lease that ends not before `ttlSeconds`, and little later. */
  get(ttlSeconds: number): Promise<bigint> {
    const known = this.#newest.get(ttlSeconds);
    if (known !== undefined && performance.now() < known.reusableUntilMs && known.keys < KEYS_MAX) {
      known.keys++;
      return known.id;
    }
    const reuseSeconds = Math.min(REUSE_SECONDS_MAX, ttlSeconds * REUSE_SHARE);
    const id = this.#grant(Math.ceil(ttlSeconds + reuseSeconds));
    this.#forgetOld();
    const lease = { id, reusableUntilMs: performance.now() + reuseSeconds * 1000, keys: 1 };
    this.#newest.set(ttlSeconds, lease);
    id.catch(() => {
      if (this.#newest.get(ttlSeconds) === lease) this.#newest.delete(ttlSeconds);
    });
    return id;
  }

  async #grant(ttlSeconds: number): Promise<bigint> {
    return readLeaseGrantResponse(
      await this.#connection.call('/etcdserverpb.Lease/LeaseGrant', leaseGrantRequest(ttlSeconds)),
    );
  }

  #forgetOld(): void {
    const nowMs = performance.now();
    for (const [ttl, { reusableUntilMs }] of this.#newest) if (reusableUntilMs < nowMs) this.#newest.delete(ttl);
  }
}
