/** The official JavaScript client against our API server: CRUD, patches, watches, informers that reconnect, leases. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ApiException,
  AppsV1Api,
  AuthorizationV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
  Watch,
} from '@kubernetes/client-node';
import { type Cluster, createCluster } from 'hakobune';
import { untilItWorks } from '../../lib/wait.ts';

let cluster: Cluster;
let config: KubeConfig;
let core: CoreV1Api;
const namespace = 'default';

function configOf({ kubeconfig }: Cluster): KubeConfig {
  const made = new KubeConfig();
  made.loadFromString(kubeconfig);
  return made;
}

before(async () => {
  cluster = await createCluster({ fakeNodes: 1 });
  config = configOf(cluster);
  core = config.makeApiClient(CoreV1Api);
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

function codeOf(error: unknown): number {
  assert.ok(error instanceof ApiException, String(error));
  return error.code;
}

describe('the official client', () => {
  it('reads the version', async () => {
    const { major, minor } = await config.makeApiClient(VersionApi).getCode();
    assert.equal(`${major}.${minor}`, '1.36');
  });

  it('creates, reads, replaces, patches and deletes a config map', async () => {
    const created = await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'crud' }, data: { a: '1' } },
    });
    assert.match(created.metadata?.uid ?? '', /^[0-9a-f-]{36}$/);
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'crud',
      body: { ...created, data: { a: '2' } },
    });
    assert.notEqual(replaced.metadata?.resourceVersion, created.metadata?.resourceVersion);
    const stale = core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: { ...created, data: { a: '3' } } });
    await assert.rejects(stale, (error) => codeOf(error) === 409);
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    const merged = await core.patchNamespacedConfigMap(
      { namespace, name: 'crud', body: { data: { b: '2', a: null } } },
      merge,
    );
    assert.deepEqual(merged.data, { b: '2' });
    const json = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
    const body = [{ op: 'add', path: '/data/c', value: '3' }];
    const patched = await core.patchNamespacedConfigMap({ namespace, name: 'crud', body }, json);
    assert.deepEqual(patched.data, { b: '2', c: '3' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'crud' });
    await assert.rejects(core.readNamespacedConfigMap({ namespace, name: 'crud' }), (error) => codeOf(error) === 404);
  });

  it('applies on the server, and hears of conflicts', async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const map = (value: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'applied', namespace },
      data: { key: value },
    });
    await objects.patch(map('one'), undefined, undefined, 'first', undefined, PatchStrategy.ServerSideApply);
    const other = objects.patch(map('two'), undefined, undefined, 'second', undefined, PatchStrategy.ServerSideApply);
    await assert.rejects(other, (error) => codeOf(error) === 409);
    const forced = await objects.patch(map('two'), undefined, undefined, 'second', true, PatchStrategy.ServerSideApply);
    assert.equal((forced as { data?: { key?: string } }).data?.key, 'two');
  });

  it('lists in pages, by labels and by fields', async () => {
    for (let n = 0; n < 7; n++) {
      const metadata = { name: `page-${n}`, labels: { odd: String(n % 2 === 1), list: 'yes' } };
      await core.createNamespacedConfigMap({ namespace, body: { metadata } });
    }
    const names: string[] = [];
    let _continue: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({
        namespace,
        labelSelector: 'list=yes',
        limit: 3,
        ...(_continue ? { _continue } : {}),
      });
      assert.ok(page.items.length <= 3);
      names.push(...page.items.map(({ metadata }) => metadata?.name ?? ''));
      _continue = page.metadata?._continue;
    } while (_continue);
    assert.deepEqual(names, ['page-0', 'page-1', 'page-2', 'page-3', 'page-4', 'page-5', 'page-6']);
    const odd = await core.listNamespacedConfigMap({ namespace, labelSelector: 'odd in (true)' });
    assert.equal(odd.items.length, 3);
    const one = await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=page-4' });
    assert.equal(one.items.length, 1);
  });

  it('watches what happens', async () => {
    const seen: string[] = [];
    const done = Promise.withResolvers<void>();
    const controller = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/secrets`,
      { fieldSelector: 'metadata.name=watched' },
      (type: string) => {
        seen.push(type);
        if (type === 'DELETED') done.resolve();
      },
      () => undefined,
    );
    await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'watched' }, stringData: { a: 'b' } } });
    const read = await core.readNamespacedSecret({ namespace, name: 'watched' });
    assert.equal(Buffer.from(read.data?.a ?? '', 'base64').toString(), 'b');
    await core.replaceNamespacedSecret({ namespace, name: 'watched', body: { ...read, stringData: { a: 'c' } } });
    await core.deleteNamespacedSecret({ namespace, name: 'watched' });
    await done.promise;
    controller.abort();
    assert.deepEqual(seen, ['ADDED', 'MODIFIED', 'DELETED']);
  });

  it('sees a deployment get its pods on nodes that exist on paper', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    const labels = { app: 'paper' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example.com/c:1' }] } };
    const body = { metadata: { name: 'paper' }, spec: { replicas: 3, selector: { matchLabels: labels }, template } };
    await apps.createNamespacedDeployment({ namespace, body });
    await untilItWorks(async () => {
      const { status } = await apps.readNamespacedDeployment({ namespace, name: 'paper' });
      assert.equal(status?.availableReplicas, 3);
    });
  });

  it('is told that two cannot hold one lease', async () => {
    const leases = config.makeApiClient(CoordinationV1Api);
    const lease = await leases.createNamespacedLease({
      namespace,
      body: { metadata: { name: 'leader' }, spec: { holderIdentity: 'a' } },
    });
    const take = (holderIdentity: string) =>
      leases.replaceNamespacedLease({
        namespace,
        name: 'leader',
        body: { ...lease, spec: { ...lease.spec, holderIdentity } },
      });
    const results = await Promise.allSettled([take('b'), take('c'), take('d')]);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const result of results) if (result.status === 'rejected') assert.equal(codeOf(result.reason), 409);
  });

  it('asks whether it may', async () => {
    const review = await config.makeApiClient(AuthorizationV1Api).createSelfSubjectAccessReview({
      body: { spec: { resourceAttributes: { verb: 'delete', resource: 'nodes' } } },
    });
    assert.equal(review.status?.allowed, true);
  });
});

it('an informer of the official client goes on when the server was away', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hako-client-node-'));
  let server = await createCluster({ dataDir, controllers: false });
  try {
    const { port } = new URL(server.url);
    const itsConfig = configOf(server);
    const api = itsConfig.makeApiClient(CoreV1Api);
    const informer = makeInformer(itsConfig, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      api.listNamespacedConfigMap({ namespace }),
    );
    let ended = false;
    informer.on('error', () => void setTimeout(() => ended || void informer.start(), 100));
    await informer.start();
    await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'before' } } });
    await untilItWorks(async () => assert.ok(informer.get('before', namespace)));
    await server[Symbol.asyncDispose]();
    server = await createCluster({ dataDir, controllers: false, listen: `127.0.0.1:${port}` });
    await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'after' } } });
    await untilItWorks(async () => assert.ok(informer.get('after', namespace)));
    assert.ok(informer.get('before', namespace));
    ended = true;
    await informer.stop();
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true });
  }
});
