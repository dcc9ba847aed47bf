import { randomUUID } from 'node:crypto';
import type { ApiServer } from '#kube/apiserver';
import type { Pki } from '#kube/auth';
import { Informers, runElected } from '#kube/client';
import type { ClusterFacts, OtherApis } from '#kube/controllers';
import type { ResolvedOptions } from './options.ts';

/** Where pods' addresses come from; every node gets a piece of it. */
const POD_BLOCK = '10.244.0.0/16';

/** Runs the controllers, and nodes on paper where wanted; of several servers of one cluster only one does. */
export async function runControllers(
  server: ApiServer,
  pki: Pki,
  others: OtherApis,
  options: ResolvedOptions,
): Promise<AsyncDisposable> {
  const cluster = { ...pki, podBlock: POD_BLOCK, serviceBlock: options.serviceBlock };
  const scope = new AsyncDisposableStack();
  if (options.controllers !== false) {
    if (server.storage.exclusive) scope.use(await startControllers(server, cluster, others));
    else runWhenElected(server, cluster, others, scope);
  }
  if ((options.fakeNodes ?? 0) > 0) scope.use(await startFakeNodes(server, options.fakeNodes ?? 0));
  return scope;
}

/** Several API servers share an etcd: the holder of the lease runs the controllers, as upstream's managers do. */
function runWhenElected(
  server: ApiServer,
  cluster: ClusterFacts,
  others: OtherApis,
  scope: AsyncDisposableStack,
): void {
  const stop = new AbortController();
  const election = runElected(
    {
      client: clientOf(server, 'kube-controller-manager'),
      namespace: 'kube-system',
      name: 'kube-controller-manager',
      identity: `hako-server_${randomUUID()}`,
      lead: (signal) => leadUntil(server, cluster, others, signal),
    },
    stop.signal,
  );
  scope.defer(async () => {
    stop.abort();
    await election;
  });
}

async function leadUntil(
  server: ApiServer,
  cluster: ClusterFacts,
  others: OtherApis,
  signal: AbortSignal,
): Promise<void> {
  await using _running = await startControllers(server, cluster, others);
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
}

async function startControllers(server: ApiServer, cluster: ClusterFacts, others: OtherApis): Promise<AsyncDisposable> {
  const { allControllers } = await import('#kube/controllers');
  const scope = new AsyncDisposableStack();
  const informers = scope.use(new Informers(clientOf(server, 'kube-controller-manager')));
  for (const controller of allControllers()) {
    const client = controllerClient(server, controller.name);
    scope.use(controller.start({ client, informers, nowMs: Date.now, catalog: server.catalog, cluster, others }));
  }
  return scope;
}

async function startFakeNodes(server: ApiServer, count: number): Promise<AsyncDisposable> {
  const { FakeNodes } = await import('#kube/fake-nodes');
  const scope = new AsyncDisposableStack();
  const client = clientOf(server, 'fake-nodes');
  const informers = scope.use(new Informers(client));
  scope.use(await FakeNodes.start({ client, informers, count }));
  return scope;
}

function clientOf(server: ApiServer, name: string) {
  const user = { name: `system:${name}`, groups: ['system:masters', 'system:authenticated'] };
  return server.client({ user, userAgent: name });
}

/** Each controller has an identity of its own, so that audit and managed fields say who it was. */
function controllerClient(server: ApiServer, name: string) {
  const groups = ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'];
  const user = { name: `system:serviceaccount:kube-system:${name}`, groups };
  return server.client({ user, userAgent: 'kube-controller-manager' });
}
