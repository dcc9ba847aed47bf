import { errorMessage, HakoError, log, makeFolders } from '#base';
import { Aggregator, registerLocal } from '#kube/aggregator';
import { builtinResources } from '#kube/api/resources';
import { serveCustomResources } from '#kube/apiextensions';
import {
  ApiServer,
  builtinHandlers,
  type HealthCheck,
  HttpFront,
  handleUpgrade,
  serveDocuments,
} from '#kube/apiserver';
import {
  ensurePki,
  keepFlowSchemaStatus,
  kubeconfig,
  memoryPki,
  type Pki,
  reconcileBootstrapPolicy,
  reconcileFlowControl,
  writeKubeconfig,
} from '#kube/auth';
import { type Client, HttpClient, Informers } from '#kube/client';
import type { Storage } from '#kube/storage';
import { type Access, openAccess } from './access/open.ts';
import { openAdmission } from './admission.ts';
import { runControllers } from './controllers.ts';
import { openDatastore } from './datastore.ts';
import { publishAuthentication } from './extension-authentication.ts';
import { ensureKubernetesService, ensureNamespaces } from './namespaces.ts';
import { type ResolvedOptions, resolveOptions, type ServerOptions } from './options.ts';
import { advertisedAddress, announce, forgetEndpoints } from './presence/mod.ts';
import { firstAddress, openServiceAddresses } from './service-addresses.ts';
import { StartHooks } from './start-hooks.ts';

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
  if (options.dataDir !== undefined) makeFolder(options.dataDir);
  const ip = await advertisedAddress(options);
  const [storage, pki] = await Promise.all([openDatastore(options), openPki(options, ip)]);
  scope.use(storage);
  const server = scope.use(new ApiServer({ storage, rows: builtinResources() }));
  for (const [path, handler] of builtinHandlers()) server.handlers.set(path, handler);
  const client = server.client({ user: ADMIN, userAgent: 'hako-server' });
  await openServiceAddresses(server, options);
  const access = scope.use(await openAccess(server, pki, options));
  scope.use(await openAdmission(server, client, access, options));
  const hooks = scope.use(new StartHooks());
  let { port } = options;
  const documents = serveDocuments(server, () => `${hostOf(options)}:${port}`, healthChecks(storage, hooks));
  const informers = scope.use(new Informers(client));
  scope.use(await serveCustomResources(server, client, informers));
  const aggregator = scope.use(new Aggregator({ server, documents, client, informers, proxy: pki.frontProxyClient }));
  const front = scope.use(await listen(access, pki, options));
  port = front.port;
  scope.use(renewDaily(front, options, ip));
  await hooks.run('start-kube-apiserver', () => ensureNamespaces(client));
  await hooks.run('start-cluster-authentication-info-controller', () => publishAuthentication(client, pki));
  await hooks.run('rbac/bootstrap-roles', () => reconcileBootstrapPolicy(client));
  await ensureKubernetesService(client, firstAddress(options.serviceBlock), front.port);
  const url = `https://${hostOf(options)}:${front.port}`;
  const config = { server: url, certificateAuthority: pki.clusterCa.cert, user: pki.admin };
  if (options.kubeconfig !== undefined) await writeKubeconfig(options.kubeconfig, config);
  // What other servers have is reached as everybody reaches it.
  const throughFront = scope.use(new HttpClient({ server: url, ca: pki.clusterCa.cert, ...pki.admin }));
  const others = { client: throughFront, namespacedResources: () => aggregator.namespacedResources() };
  await aggregator.ready();
  scope.use(await runControllers(server, pki, others, options));
  hooks.inBackground('priority-and-fairness-config-producer', () => reconcileFlowControl(client));
  scope.use(await keepFlowSchemaStatus(server.objects, client));
  hooks.inBackground('apiservice-registration', () => registerLocal(client, builtinResources()));
  scope.use(announce({ client, storage, port: front.port, ip }));
  if (ip === undefined && storage.exclusive)
    hooks.inBackground('forget-kubernetes-endpoints', () => forgetEndpoints(client));
  const holds = scope.move();
  log.info('the API server is ready', { url, datastore: options.datastore });
  return { url, kubeconfig: kubeconfig(config), client, [Symbol.asyncDispose]: () => holds.disposeAsync() };
}

function makeFolder(path: string): void {
  try {
    makeFolders(path, 0o700);
  } catch (cause) {
    const advice = 'be root, or name a folder of yours with --data-dir';
    throw new HakoError(
      'failed_precondition',
      `cannot keep the cluster in ${path}: ${errorMessage(cause)}; ${advice}`,
      {
        cause,
      },
    );
  }
}

function listen(access: Access, pki: Pki, options: ResolvedOptions): Promise<HttpFront> {
  return HttpFront.listen(access, { ...options, tls: tlsOf(pki) }, (request, socket, head) =>
    handleUpgrade(access, request, socket, head),
  );
}

const ADMIN = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

function openPki({ dataDir, pkiDir, names, host, serviceBlock }: ResolvedOptions, ip?: string): Promise<Pki> {
  const own = host === '0.0.0.0' || host === '::' ? [] : [host];
  const advertised = ip === undefined ? [] : [ip];
  const options = { names: [...(names ?? []), ...own, ...advertised], serviceAddress: firstAddress(serviceBlock) };
  const directory = pkiDir ?? (dataDir === undefined ? undefined : `${dataDir}/pki`);
  return directory === undefined ? memoryPki(options) : ensurePki(directory, options);
}

const DAY_MS = 24 * 3_600_000;

/** Certificates are renewed long before they end, also those of a server that is never restarted. */
function renewDaily(front: HttpFront, options: ResolvedOptions, ip: string | undefined): Disposable {
  const renew = async () => {
    const { cert, key, clientCa } = tlsOf(await openPki(options, ip));
    front.setCertificate({ cert, key, ca: clientCa });
  };
  const isLasting = options.pkiDir !== undefined || options.dataDir !== undefined;
  const timer = setInterval(() => {
    renew().catch((error: unknown) => log.warn('the certificate was not renewed', { error }));
  }, DAY_MS);
  timer.unref();
  if (!isLasting) clearInterval(timer);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function tlsOf(pki: Pki) {
  return { cert: pki.serving.cert, key: pki.serving.key, clientCa: `${pki.clientCa.cert}\n${pki.frontProxyCa.cert}` };
}

function hostOf({ host }: ResolvedOptions): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Storage that does not answer for so long is not well. */
const HEALTH_TIMEOUT_MS = 2_000;

function healthChecks(storage: Storage, hooks: StartHooks): Map<string, HealthCheck> {
  return new Map<string, HealthCheck>([
    ['ping', () => undefined],
    ['log', () => undefined],
    [
      'etcd',
      async () => {
        await storage.revision({ signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
      },
    ],
    ...hooks.checks(['start-kube-apiserver', 'start-cluster-authentication-info-controller', 'rbac/bootstrap-roles']),
  ]);
}
