import { type GroupVersionResource, isStatusError, type KubeObject } from '#kube/api';
import { type Client, findObject } from '#kube/client';
import {
  type EndpointSlice,
  type Endpoints,
  KUBERNETES,
  planEndpoints,
  planSlice,
  SKIP_MIRROR,
} from './endpoints-plan.ts';
import type { MasterLeases } from './master-leases.ts';

const ENDPOINTS = { group: '', version: 'v1', resource: 'endpoints' };
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };

/** Where this server is reached. */
export interface ServerAddress {
  readonly ip: string;
  readonly port: number;
}

/**
 * Keeps the addresses of the API servers that live behind the service `kubernetes`. Each server renews its own lease, and each writes
 * what all leases say; so whoever is gone is taken out by those that stay.
 */
export class KubernetesEndpoints {
  readonly #client: Client;
  readonly #leases: MasterLeases;
  readonly #own: ServerAddress;
  /** Ports are written once, at the start: servers on different ports must not quarrel. */
  #setPorts = true;

  constructor(client: Client, leases: MasterLeases, own: ServerAddress) {
    this.#client = client;
    this.#leases = leases;
    this.#own = own;
  }

  /** Says that this server lives, and writes who else does. */
  async reconcile(): Promise<void> {
    await this.#leases.renew(this.#own.ip);
    await this.#publish();
    this.#setPorts = false;
  }

  /** Takes this server out. The last one stays in: nodes that reach the API through the service only would never find it again. */
  async remove(): Promise<void> {
    await this.#leases.remove(this.#own.ip);
    await this.#publish();
  }

  async #publish(): Promise<void> {
    const addresses = await this.#leases.addresses();
    if (addresses.length === 0) return;
    const published = { addresses, port: this.#own.port, setPorts: this.#setPorts };
    await write(this.#client, ENDPOINTS, (current?: Endpoints) => planEndpoints(current, published));
    await write(this.#client, SLICES, (current?: EndpointSlice) => planSlice(current, published));
  }
}

/** Takes away what a server wrote that could be reached, for one that cannot and has the cluster for itself. What people wrote stays. */
export async function forgetEndpoints(client: Client): Promise<void> {
  const endpoints = await findObject(client, ENDPOINTS, KUBERNETES);
  if (endpoints?.metadata.labels?.[SKIP_MIRROR] !== 'true') return;
  if ((await findObject(client, SLICES, KUBERNETES)) !== undefined) await client.delete(SLICES, KUBERNETES);
  await client.delete(ENDPOINTS, KUBERNETES);
}

/** Writes what the plan says; again where another server wrote in between. */
async function write<T extends KubeObject>(
  client: Client,
  resource: GroupVersionResource,
  plan: (current?: T) => T | undefined,
): Promise<void> {
  for (;;) {
    const current = await findObject<T>(client, resource, KUBERNETES);
    const wanted = plan(current);
    if (wanted === undefined) return;
    try {
      await (current === undefined ? client.create(resource, wanted) : client.update(resource, wanted));
      return;
    } catch (error) {
      if (!isStatusError(error, 'Conflict') && !isStatusError(error, 'AlreadyExists')) throw error;
    }
  }
}
