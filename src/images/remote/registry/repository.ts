import { HakoError, log } from '#base';
import type { CredentialsFor } from '../auth/credentials.ts';
import type { Capability } from '../hosts/endpoint.ts';
import type { Hosts } from '../hosts/hosts.ts';
import { UnreachableError } from '../http/network-error.ts';
import { DEFAULT_RETRY, type RetryPolicy, retrying } from '../http/retry.ts';
import { EndpointClient } from './endpoint-client.ts';

export interface RemoteOptions {
  hosts: Hosts;
  credentialsFor: CredentialsFor;
  retry?: RetryPolicy;
}

/**
 * A repository at a registry, behind all of the addresses that serve it. Reading goes to mirrors first and to the registry last;
 * writing goes to the registry. Disposing it closes the connections.
 */
export class Repository implements Disposable {
  readonly domain: string;
  readonly path: string;
  readonly retry: RetryPolicy;
  readonly #clients: EndpointClient[];
  #holders = 1;
  /** Addresses that could not be reached are not tried again for each layer. */
  readonly #unreachable = new Set<EndpointClient>();

  constructor({ domain, path }: { domain: string; path: string }, options: RemoteOptions) {
    this.domain = domain;
    this.path = path;
    this.retry = options.retry ?? DEFAULT_RETRY;
    const { hosts, credentialsFor } = options;
    this.#clients = hosts.endpointsOf(domain).map((endpoint) => new EndpointClient(endpoint, domain, credentialsFor));
  }

  /**
   * Runs `work` with one address after the other until one does it. Whatever a mirror answers, the registry has the last word.
   * Passing failures are tried again, with pauses; at mirrors they are not.
   */
  async with<T>(
    capability: Capability,
    signal: AbortSignal | undefined,
    work: (client: EndpointClient) => Promise<T>,
  ): Promise<T> {
    const clients = this.#clientsFor(capability);
    for (const [index, client] of clients.entries()) {
      const isMirror = client.endpoint.mirrorOf !== undefined && index < clients.length - 1;
      try {
        return await (isMirror ? work(client) : retrying(this.retry, signal, () => work(client)));
      } catch (error) {
        const isUnreachable = error instanceof UnreachableError;
        if (signal?.aborted || index === clients.length - 1 || !(isMirror || isUnreachable)) throw error;
        if (isUnreachable) this.#unreachable.add(client);
        log.debug('registry host failed, the next is tried', { host: client.endpoint.base.host, error });
      }
    }
    throw new HakoError('failed_precondition', `no host is configured for ${capability} of ${this.domain}`);
  }

  #clientsFor(capability: Capability): EndpointClient[] {
    const able = this.#clients.filter(({ endpoint: { capabilities, mirrorOf } }) => {
      return capabilities.includes(capability) && (capability !== 'push' || mirrorOf === undefined);
    });
    const reachable = able.filter((client) => !this.#unreachable.has(client));
    return reachable.length === 0 ? able : reachable;
  }

  /** Keeps the connections for a download that others wait for too, until that is disposed as well. */
  hold(): Disposable {
    this.#holders++;
    return { [Symbol.dispose]: () => this.#release() };
  }

  [Symbol.dispose](): void {
    this.#release();
  }

  #release(): void {
    if (--this.#holders > 0) return;
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}
