import type { CredentialsFor } from './auth/credentials.ts';
import { Hosts, type HostsOptions } from './hosts/hosts.ts';
import type { RetryPolicy } from './http/retry.ts';
import type { RemoteOptions } from './registry/repository.ts';
import { SharedDownloads } from './transfer/shared-downloads.ts';
import { Slots } from './transfer/slots.ts';

export interface RemoteSettings extends HostsOptions {
  retry?: RetryPolicy;
  /** Layers that are fetched, and sent, at once. */
  parallelTransfers?: number;
}

const PARALLEL_TRANSFERS = 3;

/** What all transfers of one store share. */
export class RemoteContext {
  readonly hosts: Hosts;
  readonly downloads = new SharedDownloads();
  readonly downloadSlots: Slots;
  readonly uploadSlots: Slots;
  readonly #retry: RetryPolicy | undefined;

  constructor({ retry, parallelTransfers = PARALLEL_TRANSFERS, ...hosts }: RemoteSettings = {}) {
    this.hosts = new Hosts(hosts);
    this.#retry = retry;
    this.downloadSlots = new Slots(parallelTransfers);
    this.uploadSlots = new Slots(parallelTransfers);
  }

  /** Options of a repository at `domain`. Credentials that a caller gave are for that registry, never for another. */
  optionsFor(domain: string, credentialsFor: CredentialsFor): RemoteOptions {
    const own: CredentialsFor = async (asked) => (asked === domain ? credentialsFor(asked) : undefined);
    return { hosts: this.hosts, credentialsFor: own, ...(this.#retry ? { retry: this.#retry } : {}) };
  }
}
