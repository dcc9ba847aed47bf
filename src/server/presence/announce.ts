import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { errorMessage, log } from '#base';
import type { Client } from '#kube/client';
import type { Storage } from '#kube/storage';
import { KubernetesEndpoints } from './endpoints.ts';
import { Every } from './every.ts';
import { collectIdentities, renewIdentity } from './identity-lease.ts';
import { MasterLeases } from './master-leases.ts';

/** What a server says of itself. */
export interface PresenceOptions {
  readonly client: Client;
  readonly storage: Storage;
  readonly port: number;
  /** Where others reach it; undefined: they cannot. */
  readonly ip: string | undefined;
  /** Every how long the server says that it lives; it is taken out after one and a half of it. Default: 10,000, as upstream. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 10_000;
const COLLECT_MS = 3_600_000;

/** Says in the cluster that this server lives, and where it is reached, until it is disposed. */
export function announce(options: PresenceOptions): AsyncDisposable {
  const { client, port, intervalMs = INTERVAL_MS } = options;
  const scope = new AsyncDisposableStack();
  const identity = { hostname: hostname(), port, uid: randomUUID() };
  scope.use(new Every('renewing the identity lease', intervalMs, () => renewIdentity(client, identity, Date.now())));
  scope.use(new Every('collecting identity leases', COLLECT_MS, () => collectIdentities(client, Date.now())));
  if (options.ip !== undefined) publish(scope, options, options.ip, intervalMs);
  return scope;
}

function publish(
  scope: AsyncDisposableStack,
  { client, storage, port }: PresenceOptions,
  ip: string,
  intervalMs: number,
) {
  const leases = new MasterLeases(storage, (intervalMs * 1.5) / 1000);
  const endpoints = new KubernetesEndpoints(client, leases, { ip, port });
  scope.defer(() => endpoints.remove().catch(logLeftBehind));
  scope.use(new Every('publishing the endpoints of kubernetes', intervalMs, () => endpoints.reconcile()));
}

/** A server ends also where the datastore is away; its lease goes by itself. */
function logLeftBehind(error: unknown): void {
  log.warn('the address of this server stays in the endpoints of kubernetes for some seconds', {
    error: errorMessage(error),
  });
}
