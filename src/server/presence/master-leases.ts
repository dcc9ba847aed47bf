import type { Storage } from '#kube/storage';

/** Where upstream's servers keep theirs. */
const PREFIX = '/registry/masterleases/';

/** The Endpoints that is a lease's value in storage. */
interface LeaseValue {
  kind: 'Endpoints';
  apiVersion: 'v1';
  /** Upstream cannot renew what stays the same, so it counts. */
  metadata: { generation: number };
  subsets: [{ addresses: [{ ip: string }] }];
}

/** Which API servers of a cluster live: a key for each address, which goes by itself unless it is renewed. */
export class MasterLeases {
  readonly #storage: Storage;
  readonly #ttlSeconds: number;

  constructor(storage: Storage, ttlSeconds: number) {
    this.#storage = storage;
    this.#ttlSeconds = ttlSeconds;
  }

  /** Says that the server at this address lives. */
  async renew(ip: string): Promise<void> {
    for (;;) {
      const { entry } = await this.#storage.get(PREFIX + ip);
      const text = JSON.stringify(leaseOf(ip, generationOf(entry?.value)));
      const { done } = await this.#storage.put(PREFIX + ip, text, entry?.modRevision ?? 0, {
        ttlSeconds: this.#ttlSeconds,
      });
      if (done) return;
    }
  }

  /** Takes a server out at once. */
  async remove(ip: string): Promise<void> {
    for (;;) {
      const { entry } = await this.#storage.get(PREFIX + ip);
      if (entry === undefined || (await this.#storage.delete(entry.key, entry.modRevision)).done) return;
    }
  }

  /** The addresses of the servers that live, in order. */
  async addresses(): Promise<string[]> {
    const { entries } = await this.#storage.list({ prefix: PREFIX });
    return entries.map(({ key }) => key.slice(PREFIX.length)).sort();
  }
}

function leaseOf(ip: string, generation: number): LeaseValue {
  return {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: { generation: generation + 1 },
    subsets: [{ addresses: [{ ip }] }],
  };
}

/** 0 for what is not ours to read, such as the protobuf of upstream's servers. */
function generationOf(value: string | Uint8Array | undefined): number {
  if (typeof value !== 'string') return 0;
  return (JSON.parse(value) as Partial<LeaseValue>).metadata?.generation ?? 0;
}
