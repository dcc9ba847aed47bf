/** What an aggregated server publishes is published with ours, and what it keeps in a namespace goes with the namespace. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { aggregate, availabilityOf } from './support/aggregate.ts';
import { defineKind } from './support/custom-kinds.ts';
import { ExtensionServer } from './support/extension-server.ts';
import { it } from './support/scenario.ts';

const GV = 'ext.example.org/v1';
const service = '/apis/apiregistration.k8s.io/v1/apiservices/v1.ext.example.org';
const test = forAllTests(await TestCluster.start({ controllers: true }));
const { api } = test;
const extension = forAllTests(await ExtensionServer.start());
/** What the other server keeps: `namespace/resource/name`. */
const kept = new Set<string>();
let description = 'A gizmo.';
let isAway = false;
let isV2Broken = false;

const resources = [
  {
    name: 'gizmos',
    singularName: 'gizmo',
    kind: 'Gizmo',
    namespaced: true,
    verbs: ['list', 'delete', 'deletecollection'],
  },
  { name: 'gadgets', singularName: 'gadget', kind: 'Gadget', namespaced: true, verbs: ['list', 'delete'] },
  { name: 'readings', singularName: 'reading', kind: 'Reading', namespaced: true, verbs: ['get', 'list'] },
];

function openapi(version: 2 | 3) {
  const definition = { type: 'object', description };
  const at = `/apis/${GV}/namespaces/{namespace}/gizmos`;
  const name = 'org.example.ext.v1.Gizmo';
  return version === 3
    ? {
        openapi: '3.0.0',
        info: { title: 'ext', version: '1' },
        paths: { [at]: {} },
        components: { schemas: { [name]: definition } },
      }
    : {
        swagger: '2.0',
        info: { title: 'ext', version: '1' },
        paths: {
          [at]: { get: { responses: { 200: { description: 'OK', schema: { $ref: `#/definitions/${name}` } } } } },
          '/apis/apps/v1/deployments': { get: { responses: { 200: { description: 'forged' } } } },
        },
        definitions: { [name]: definition },
      };
}

/** A small API server. */
function serve(method = '', url = ''): unknown {
  const { pathname } = new URL(url, 'https://x');
  if (pathname === `/apis/${GV}`) return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: GV, resources };
  if (pathname === '/openapi/v3')
    return { paths: { [`apis/${GV}`]: { serverRelativeURL: `/openapi/v3/apis/${GV}?hash=${description.length}` } } };
  if (pathname === `/openapi/v3/apis/${GV}`) return openapi(3);
  if (pathname === '/openapi/v2') return openapi(2);
  const [, namespace = '', resource = '', name] =
    /^\/apis\/ext\.example\.org\/v1\/namespaces\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  const prefix = `${namespace}/${resource}/${name ?? ''}`;
  const found = [...kept].filter((key) => (name === undefined ? key.startsWith(prefix) : key === prefix));
  if (method === 'DELETE') {
    for (const key of found) kept.delete(key);
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  }
  // A server that knows its namespaces badly.
  if (resource === 'gadgets' && found.length > 0) found.push('other/gadgets/e');
  const items = found.map((key) => ({ metadata: { namespace: key.split('/')[0], name: key.split('/')[2] } }));
  return { kind: 'List', apiVersion: GV, metadata: { resourceVersion: '1' }, items };
}

before(async () => {
  extension.behaviour = ({ method, url }, _body, response) => {
    if (isAway) response.writeHead(503).end();
    else if (isV2Broken && url === '/openapi/v2') response.writeHead(200).end('{');
    return serve(method, url);
  };
  await aggregate(api, 'ext', extension);
  await available('True');
});

async function available(status: string): Promise<void> {
  await eventually(`the API is available: ${status}`, async () => (await availabilityOf(api, service)) === status);
}

/** The aggregation layer looks again when the API service changes. */
async function lookAgain(): Promise<void> {
  await api.patch(service, 'merge', { metadata: { annotations: { looked: String(Math.random()) } } });
}

describe('what an aggregated server publishes', () => {
  const path = `/openapi/v3/apis/${GV}`;
  const addressOf = async () => {
    const { paths } = await api.get<{ paths: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
    return paths[`apis/${GV}`]?.serverRelativeURL;
  };

  it('is in the index of OpenAPI v3 with a hash, and served below it', async () => {
    await eventually('the index has it', async () => (await addressOf()) !== undefined);
    const address = (await addressOf()) ?? assert.fail();
    assert.match(address, new RegExp(`^${path}\\?hash=[0-9A-F]{64}$`));
    const answer = await api.call('GET', address);
    assert.match(String(answer.headers['cache-control']), /immutable/);
    const { components } = answer.json<{ components: { schemas: Record<string, { description: string }> } }>();
    assert.equal(components.schemas['org.example.ext.v1.Gizmo']?.description, 'A gizmo.');
  });

  it('is merged into OpenAPI v2: its own paths and definitions, and nothing of ours', async () => {
    type V2 = { paths: Record<string, object>; definitions: Record<string, { description?: string }> };
    await eventually('the document has it', async () => {
      const { paths } = await api.get<V2>('/openapi/v2');
      return Object.hasOwn(paths, `/apis/${GV}/namespaces/{namespace}/gizmos`);
    });
    const { paths, definitions } = await api.get<V2>('/openapi/v2');
    assert.equal(definitions['org.example.ext.v1.Gizmo']?.description, 'A gizmo.');
    assert.ok(Object.hasOwn(definitions, 'io.k8s.api.apps.v1.Deployment'));
    assert.doesNotMatch(JSON.stringify(paths['/apis/apps/v1/deployments']), /forged/);
    const accept = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
    const binary = await api.call('GET', '/openapi/v2', { headers: { accept } });
    assert.equal(binary.headers['content-type'], accept);
    assert.ok(binary.bytes.includes('org.example.ext.v1.Gizmo'));
  });

  it('is read again when it changes', async () => {
    const before = await addressOf();
    description = 'Another gizmo.';
    await lookAgain();
    await eventually('there is another hash', async () => (await addressOf()) !== before);
    assert.equal((await api.call('GET', before ?? '')).code, 301);
    assert.match((await api.call('GET', path)).text, /Another gizmo/);
    assert.match((await api.call('GET', '/openapi/v2')).text, /Another gizmo/);
  });

  it('is read in version 3 where its version 2 is broken, which stays as it was', async () => {
    const before = await addressOf();
    isV2Broken = true;
    description = 'A gizmo that few can describe.';
    await lookAgain();
    await eventually('there is another hash', async () => (await addressOf()) !== before);
    assert.match((await api.call('GET', path)).text, /few can describe/);
    assert.match((await api.call('GET', '/openapi/v2')).text, /Another gizmo/);
    isV2Broken = false;
  });
});

describe('the end of a namespace', () => {
  async function conditionsOf(
    name: string,
  ): Promise<Record<string, { status: string; reason: string; message: string }>> {
    const answer = await api.call('GET', `/api/v1/namespaces/${name}`);
    const conditions = (at(answer.json<KubeObject>(), 'status.conditions') ?? []) as { type: string }[];
    return Object.fromEntries(conditions.map((one) => [one.type, one])) as never;
  }
  const gone = async (name: string) => (await api.call('GET', `/api/v1/namespaces/${name}`)).code === 404;

  it('is the end of what an aggregated server has in it, one by one where it cannot do better', async () => {
    await test.namespace('shared');
    for (const key of ['shared/gizmos/a', 'shared/gizmos/b', 'shared/gadgets/c', 'other/gizmos/d', 'other/gadgets/e'])
      kept.add(key);
    await api.delete('/api/v1/namespaces/shared');
    await eventually('the namespace is gone', () => gone('shared'));
    assert.deepEqual([...kept], ['other/gizmos/d', 'other/gadgets/e']);
  });

  it('is the end of custom resources in it', async () => {
    const path = await test.namespace('customs');
    const schema = { openAPIV3Schema: { type: 'object' } };
    await defineKind(api, {
      group: 'example.net',
      names: { plural: 'toys', kind: 'Toy' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    });
    const toys = '/apis/example.net/v1/namespaces/customs/toys';
    const toy = {
      apiVersion: 'example.net/v1',
      kind: 'Toy',
      metadata: { name: 't', finalizers: ['example.net/hold'] },
    };
    await api.create(toys, toy);
    await api.delete(path);
    await eventually('its finalizer holds it', async () => {
      const { NamespaceFinalizersRemaining: one } = await conditionsOf('customs');
      return one?.status === 'True' && one.message.includes('example.net/hold in 1 resource instances');
    });
    await api.patch(`${toys}/t`, 'merge', { metadata: { finalizers: null } });
    await eventually('the namespace is gone', () => gone('customs'));
  });

  it('waits for an aggregated server that was not asked yet', async () => {
    await using slow = await ExtensionServer.start();
    const released = Promise.withResolvers<void>();
    slow.behaviour = async () => {
      await released.promise;
      return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'slow.example.org/v1', resources: [] };
    };
    await test.namespace('early');
    const slowService = await aggregate(api, 'slow', slow);
    await api.delete('/api/v1/namespaces/early');
    await eventually('the condition says it', async () => {
      const { NamespaceDeletionDiscoveryFailure: one } = await conditionsOf('early');
      return one?.status === 'True' && one.message.includes('slow.example.org/v1');
    });
    released.resolve();
    await eventually('the namespace is gone', () => gone('early'), 30_000);
    await api.delete(slowService);
  });

  it('waits for an aggregated server that is away, and says so', async () => {
    await test.namespace('waiting');
    kept.add('waiting/gizmos/a');
    isAway = true;
    await lookAgain();
    await available('False');
    await api.create('/api/v1/namespaces/waiting/configmaps', { metadata: { name: 'm' } });
    await api.delete('/api/v1/namespaces/waiting');
    await eventually('the condition says it', async () => {
      const { NamespaceDeletionDiscoveryFailure: one } = await conditionsOf('waiting');
      return (
        one?.status === 'True' &&
        one.reason === 'DiscoveryFailed' &&
        one.message.includes(`${GV}: stale GroupVersion discovery: ${GV}`)
      );
    });
    // The rest does not wait.
    assert.equal((await api.call('GET', '/api/v1/namespaces/waiting/configmaps/m')).code, 404);
    isAway = false;
    await lookAgain();
    await available('True');
    await eventually('the namespace is gone', () => gone('waiting'), 30_000);
    assert.ok(!kept.has('waiting/gizmos/a'));
  });
});

describe('discovery of an aggregated server that is away', () => {
  it('is stale, and keeps what is known', async () => {
    isAway = true;
    await lookAgain();
    await available('False');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = (await api.call('GET', '/apis', { headers: { accept } })).json<{ items: KubeObject[] }>();
    const group = items.find(({ metadata }) => metadata.name === 'ext.example.org');
    const [version] = (group?.versions ?? []) as { freshness: string; resources: object[] }[];
    assert.deepEqual([version?.freshness, version?.resources.length], ['Stale', resources.length]);
    await api.delete(service);
    await eventually('it is gone', async () => (await api.call('GET', `/openapi/v3/apis/${GV}`)).code === 404);
    assert.doesNotMatch((await api.call('GET', '/openapi/v2')).text, /Another gizmo/);
  });
});
