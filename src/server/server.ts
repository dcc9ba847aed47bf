import { mkdirSync } from 'node:fs';
import { log } from '#base';
import { builtinResources } from '#kube/api/resources';
import { ApiServer, builtinHandlers, type HealthCheck, HttpFront, serveDocuments } from '#kube/apiserver';
import { ensurePki, kubeconfig, memoryPki, type Pki, reconcileBootstrapPolicy, writeKubeconfig } from '#kube/auth';
import type { Client } from '#kube/client';
import type { Storage } from '#kube/storage';
import { openAccess } from './access/open.ts';
import { runControllers } from './controllers.ts';
import { openDatastore } from './datastore.ts';
import { ensureKubernetesService, ensureNamespaces } from './namespaces.ts';
import { type ResolvedOptions, resolveOptions, type ServerOptions } from './options.ts';
import { openServiceAddresses } from './service-addresses.ts';

/** A server that serves. Disposing it ends it in order; killing it loses nothing that was acknowledged. */
export interface RunningServer extends AsyncDisposable {
  /** `https://127.0.0.1:6443`. */
  readonly url: string;
  /** Text of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** The API without HTTP, as the administrator. */
  readonly client: Client;
}

/** Opens storage, API machinery and access, and serves the Kubernetes API. */
export async function startServer(given: ServerOptions = {}): Promise<RunningServer> {
  const options = resolveOptions(given);
  await using scope = new AsyncDisposableStack();
  if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const [storage, pki] = await Promise.all([openDatastore(options), openPki(options)]);
  scope.use(storage);
  const server = scope.use(new ApiServer({ storage, rows: builtinResources() }));
  for (const [path, handler] of builtinHandlers()) server.handlers.set(path, handler);
  const addresses = await openServiceAddresses(server, options);
  const access = scope.use(await openAccess(server, pki, options));
  const checks = healthChecks(storage);
  serveDocuments(server, `${options.host}:${options.port}`, checks);
  const front = scope.use(await HttpFront.listen(access, { ...options, tls: tlsOf(pki) }, access.upgrade));
  const client = server.client({ user: ADMIN, userAgent: 'hako-server' });
  await ensureNamespaces(client);
  await reconcileBootstrapPolicy(client);
  await ensureKubernetesService(client, addresses.first, front.port);
  const url = `https://${hostOf(options)}:${front.port}`;
  const config = { server: url, certificateAuthority: pki.clusterCa.cert, user: pki.admin };
  if (options.kubeconfig !== undefined) await writeKubeconfig(options.kubeconfig, config);
  scope.use(await runControllers(server, options));
  const holds = scope.move();
  log.info('the API server is ready', { url, datastore: options.datastore });
  return { url, kubeconfig: kubeconfig(config), client, [Symbol.asyncDispose]: () => holds.disposeAsync() };
}

const ADMIN = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

function openPki({ dataDir, names, host }: ResolvedOptions): Promise<Pki> {
  const options = { names: [...(names ?? []), ...(host === '0.0.0.0' || host === '::' ? [] : [host])] };
  return dataDir === undefined ? memoryPki(options) : ensurePki(`${dataDir}/pki`, options);
}

function tlsOf(pki: Pki) {
  return { cert: pki.serving.cert, key: pki.serving.key, clientCa: `${pki.clientCa.cert}\n${pki.frontProxyCa.cert}` };
}

function hostOf({ host }: ResolvedOptions): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

function healthChecks(storage: Storage): Map<string, HealthCheck> {
  return new Map<string, HealthCheck>([
    ['ping', () => undefined],
    ['log', () => undefined],
    [
      'etcd',
      async () => {
        await storage.revision();
      },
    ],
  ]);
}
