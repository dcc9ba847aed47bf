/** One suite for both ways to the API: over HTTPS and in the server's process. Controllers must not notice which one they have. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { type Cluster, createCluster } from 'hakobune';
import { parse } from 'yaml';
import { isStatusError, type KubeObject } from '#kube/api';
import type { Client } from './contract.ts';
import { HttpClient } from './http/http-client.ts';
import { Informer } from './informer.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const REF = { namespace: 'default', name: 'a' };

interface KubeConfig {
  clusters: { cluster: { 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data': string; 'client-key-data': string } }[];
}

function httpClient({ url, kubeconfig }: Cluster): HttpClient {
  const { clusters, users } = parse(kubeconfig) as KubeConfig;
  const pem = (base64 = '') => Buffer.from(base64, 'base64').toString();
  const ca = pem(clusters[0]?.cluster['certificate-authority-data']);
  const user = users[0]?.user;
  const cert = pem(user?.['client-certificate-data']);
  assert.ok(new X509Certificate(ca).ca);
  return new HttpClient({ server: url, ca, cert, key: pem(user?.['client-key-data']) });
}

function configMap(name: string, data = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', labels: { test: name } },
    data,
  };
}

function deployment(): KubeObject {
  const labels = { app: 'a' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...REF }, spec };
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    assert.ok(isStatusError(error), `not a StatusError: ${String(error)}`);
    return `${error.code} ${error.reason}`;
  }
}

async function within(run: (client: Client) => Promise<void>, kind: 'http' | 'loopback'): Promise<void> {
  await using cluster = await createCluster({ controllers: false });
  // Awaited here: the cluster must live until the end.
  if (kind === 'loopback') return await run(cluster.client);
  using client = httpClient(cluster);
  await run(client);
}

for (const kind of ['http', 'loopback'] as const) {
  describe(`Client over ${kind}`, () => {
    it('creates, reads, replaces, patches and deletes', () =>
      within(async (client) => {
        const made = await client.create(CONFIG_MAPS, configMap('a', { x: '1' }));
        assert.equal((await client.get(CONFIG_MAPS, REF)).metadata.uid, made.metadata.uid);
        const replaced = await client.update(CONFIG_MAPS, { ...made, data: { x: '2' } });
        assert.equal(await reasonOf(client.update(CONFIG_MAPS, { ...made, data: {} })), '409 Conflict');
        const merged = await client.patch(CONFIG_MAPS, REF, { type: 'merge', body: { data: { y: '3' } } });
        assert.deepEqual(merged.data, { x: '2', y: '3' });
        const steps = [{ op: 'remove', path: '/data/x' }];
        assert.deepEqual((await client.patch(CONFIG_MAPS, REF, { type: 'json', body: steps })).data, { y: '3' });
        const uid = replaced.metadata.uid as string;
        const wrong = { preconditions: { uid: 'another' } };
        assert.equal(await reasonOf(client.delete(CONFIG_MAPS, REF, wrong)), '409 Conflict');
        assert.equal(await client.delete(CONFIG_MAPS, REF, { preconditions: { uid } }), undefined);
        assert.equal(await reasonOf(client.get(CONFIG_MAPS, REF)), '404 NotFound');
      }, kind));

    it('applies with a field manager and tells conflicts', () =>
      within(async (client) => {
        const apply = (data: object, fieldManager: string, force = false) =>
          client.patch(CONFIG_MAPS, REF, { type: 'apply', body: configMap('a', data), force }, { fieldManager });
        await apply({ x: '1' }, 'one');
        assert.equal(await reasonOf(apply({ x: '2' }, 'two')), '409 Conflict');
        assert.deepEqual((await apply({ x: '2' }, 'two', true)).data, { x: '2' });
      }, kind));

    it('answers what finalizers hold, and nothing when it is gone', () =>
      within(async (client) => {
        const object = configMap('a');
        object.metadata.finalizers = ['example.com/held'];
        await client.create(CONFIG_MAPS, object);
        const held = await client.delete(CONFIG_MAPS, REF);
        assert.ok(held?.metadata.deletionTimestamp !== undefined);
        await client.patch(CONFIG_MAPS, REF, { type: 'merge', body: { metadata: { finalizers: null } } });
        assert.equal(await reasonOf(client.get(CONFIG_MAPS, REF)), '404 NotFound');
      }, kind));

    it('lists in pages, by selectors, and deletes what they select', () =>
      within(async (client) => {
        for (const name of ['a', 'b', 'c']) await client.create(CONFIG_MAPS, configMap(name));
        const where = { namespace: 'default', labelSelector: 'test in (a,b,c)' };
        const first = await client.list(CONFIG_MAPS, { ...where, limit: 2 });
        const next = first.metadata.continue as string;
        const second = await client.list(CONFIG_MAPS, { ...where, limit: 2, continue: next });
        const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
        assert.deepEqual(names, ['a', 'b', 'c']);
        await client.deleteCollection(CONFIG_MAPS, { ...where, labelSelector: 'test in (a,c)' });
        assert.deepEqual(
          (await client.list(CONFIG_MAPS, where)).items.map(({ metadata }) => metadata.name),
          ['b'],
        );
      }, kind));

    it('reads and writes subresources, and writes nothing in a dry run', () =>
      within(async (client) => {
        await client.create(DEPLOYMENTS, deployment());
        const scale = await client.get(DEPLOYMENTS, REF, { subresource: 'scale' });
        assert.deepEqual(scale.spec, { replicas: 1 });
        await client.update(DEPLOYMENTS, { ...scale, spec: { replicas: 3 } }, { subresource: 'scale' });
        await client.patch(DEPLOYMENTS, REF, { type: 'merge', body: { spec: { replicas: 9 } } }, { dryRun: true });
        assert.equal(((await client.get(DEPLOYMENTS, REF)).spec as { replicas: number }).replicas, 3);
      }, kind));

    it('watches through an informer, which ends when it is disposed', () =>
      within(async (client) => {
        await client.create(CONFIG_MAPS, configMap('a'));
        const told: string[] = [];
        const gone = Promise.withResolvers<void>();
        await using informer = new Informer(client, { resource: CONFIG_MAPS, labelSelector: 'test=a' });
        informer.handle({
          onAdd: ({ metadata }) => void told.push(`add ${metadata.name}`),
          onUpdate: ({ metadata }) => void told.push(`update ${metadata.name}`),
          onDelete: () => gone.resolve(),
        });
        await informer.start().synced();
        await client.patch(CONFIG_MAPS, REF, { type: 'merge', body: { data: { x: '1' } } });
        await client.create(CONFIG_MAPS, configMap('b'));
        await client.delete(CONFIG_MAPS, REF);
        await gone.promise;
        assert.deepEqual(told, ['add a', 'update a']);
      }, kind));

    it('reads no object once its signal is aborted', () =>
      within(async (client) => {
        await client.create(CONFIG_MAPS, configMap('a'));
        const cause = new Error('enough');
        const aborted = { name: 'AbortError', cause };
        const read = (options: { signal: AbortSignal; resourceVersion?: string }) =>
          client.get(CONFIG_MAPS, REF, options);
        await assert.rejects(read({ signal: AbortSignal.abort(cause) }), aborted);
        const waiting = new AbortController();
        const reading = read({ signal: waiting.signal, resourceVersion: '999999999' });
        setImmediate(() => waiting.abort(cause));
        await assert.rejects(reading, aborted);
        const { signal } = new AbortController();
        assert.equal((await read({ signal })).metadata.name, 'a');
        assert.equal(
          getEventListeners(signal, 'abort').length,
          0,
          'who reads often with one signal leaves nothing at it',
        );
      }, kind));

    it('reads an object that is not older than it is told, if that is a revision', () =>
      within(async (client) => {
        const made = await client.create(CONFIG_MAPS, configMap('a'));
        const read = (resourceVersion: string) => client.get(CONFIG_MAPS, REF, { resourceVersion });
        for (const revision of ['', '0', made.metadata.resourceVersion as string])
          assert.equal((await read(revision)).metadata.uid, made.metadata.uid);
        assert.equal(await reasonOf(read('new')), '400 BadRequest');
        assert.equal(await reasonOf(read('-1')), '400 BadRequest');
      }, kind));

    it('fails with the reason of an aborted signal, or a StatusError', () =>
      within(async (client) => {
        assert.equal(await reasonOf(client.create(CONFIG_MAPS, configMap('not a name'))), '422 Invalid');
        assert.equal(await reasonOf(client.list({ ...CONFIG_MAPS, resource: 'nothings' })), '404 NotFound');
        await assert.rejects(client.list(CONFIG_MAPS, { signal: AbortSignal.abort() }));
      }, kind));
  });
}
