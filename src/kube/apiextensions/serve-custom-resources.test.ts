import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { ApiServer, builtinHandlers } from '#kube/apiserver';
import { type Client, Informers } from '#kube/client';
import { openStorage, type Storage } from '#kube/storage';
import { converted, WebhookServer } from './conversion/testing/webhook-server.ts';
import { serveCustomResources } from './mod.ts';
import type { CrdVersion, CustomResourceDefinition } from './types.ts';

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const FOOS = { group: 'example.com', version: 'v1', resource: 'foos' };

interface Served extends AsyncDisposable {
  readonly client: Client;
  readonly server: ApiServer;
}

async function serve(storage?: Storage): Promise<Served> {
  await using scope = new AsyncDisposableStack();
  const own = storage ?? scope.use(await openStorage('memory'));
  const server = scope.use(new ApiServer({ storage: own, rows: builtinResources() }));
  for (const [path, handler] of builtinHandlers()) server.handlers.set(path, handler);
  const client = server.client({ user: { name: 'admin', groups: ['system:masters'] }, userAgent: 'test' });
  const informers = scope.use(new Informers(client));
  scope.use(await serveCustomResources(server, client, informers));
  const holds = scope.move();
  return { client, server, [Symbol.asyncDispose]: () => holds.disposeAsync() };
}

const VERSION: CrdVersion = {
  name: 'v1',
  served: true,
  storage: true,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { size: { type: 'integer', default: 1 }, color: { type: 'string' } } },
        status: { type: 'object', properties: { size: { type: 'integer' } } },
      },
    },
  },
  subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
  selectableFields: [{ jsonPath: '.spec.color' }],
};

function crd(rest: Partial<CustomResourceDefinition['spec']> = {}): CustomResourceDefinition {
  const names = { plural: 'foos', kind: 'Foo', shortNames: ['fo'], ...rest.names };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', versions: [VERSION], ...rest, names },
  };
}

const foo = (name: string, spec: unknown, version = 'v1'): KubeObject => ({
  apiVersion: `example.com/${version}`,
  kind: 'Foo',
  metadata: { name, namespace: 'default' },
  spec,
});

async function until(client: Client, name: string, is: (crd: CustomResourceDefinition | undefined) => boolean) {
  const signal = AbortSignal.timeout(10_000);
  const selected = { fieldSelector: `metadata.name=${name}`, signal };
  let last: CustomResourceDefinition | undefined;
  for await (const { type, object } of client.watch<CustomResourceDefinition>(CRDS, selected)) {
    last = type === 'DELETED' ? undefined : object;
    if (is(last)) return structuredClone(last);
  }
  throw new Error(`${name} did not become what it should: ${JSON.stringify(last?.status)}`);
}

const condition = (object: CustomResourceDefinition | undefined, type: string) =>
  object?.status?.conditions?.find((each) => each.type === type);

const isEstablished = (object: CustomResourceDefinition | undefined) =>
  condition(object, 'Established')?.status === 'True';

async function establish(client: Client, definition: CustomResourceDefinition) {
  await client.create(CRDS, definition);
  return until(client, definition.metadata.name ?? '', isEstablished);
}

const failsWith = (call: Promise<unknown>, code: number, message: RegExp) =>
  assert.rejects(call, (error: { code?: number; message: string }) => {
    assert.match(error.message, message);
    assert.equal(error.code, code);
    return true;
  });

describe('serveCustomResources', () => {
  it('serves a resource from the moment on that its CRD is established', async () => {
    await using served = await serve();
    const { client } = served;
    const seen = until(client, 'foos.example.com', isEstablished);
    await client.create(CRDS, crd());
    const established = await seen;
    const created = await client.create(FOOS, foo('a', { color: 'red', extra: 1 }));
    assert.deepEqual(created.spec, { color: 'red', size: 1 });
    assert.equal(created.metadata.generation, 1);
    assert.deepEqual(established?.status?.acceptedNames, {
      plural: 'foos',
      kind: 'Foo',
      singular: 'foo',
      listKind: 'FooList',
      shortNames: ['fo'],
    });
    assert.deepEqual(established?.status?.storedVersions, ['v1']);
  });

  it('keeps status and spec apart, scales, selects by fields', async () => {
    await using served = await serve();
    const { client } = served;
    await establish(client, crd());
    await client.create(FOOS, { ...foo('a', { color: 'red' }), status: { size: 9 } });
    await client.create(FOOS, foo('b', { color: 'blue' }));
    const body = { spec: { size: 5 }, status: { size: 3 }, metadata: { labels: { x: 'y' } } };
    const ref = { namespace: 'default', name: 'a' };
    const updated = await client.patch(FOOS, ref, { type: 'merge', body }, { subresource: 'status' });
    assert.deepEqual(
      [updated.spec, updated.status, updated.metadata.labels, updated.metadata.generation],
      [{ color: 'red', size: 1 }, { size: 3 }, undefined, 1],
    );
    await client.patch(FOOS, ref, { type: 'merge', body: { spec: { replicas: 7 } } }, { subresource: 'scale' });
    const after = await client.get(FOOS, ref);
    assert.deepEqual(
      [after.spec, after.status, after.metadata.generation],
      [{ color: 'red', size: 7 }, { size: 3 }, 2],
    );
    const { items } = await client.list(FOOS, { fieldSelector: 'spec.color=blue' });
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['b'],
    );
    await failsWith(client.list(FOOS, { fieldSelector: 'spec.size=1' }), 400, /field label not supported: spec.size/);
    await failsWith(client.patch(FOOS, ref, { type: 'strategic', body: {} }), 415, /unknown format/);
  });

  it('reports unknown fields as the client asks', async () => {
    await using served = await serve();
    const { client } = served;
    await establish(client, crd());
    const odd = foo('a', { nope: 1, deep: { er: 1 } });
    await failsWith(
      client.create(FOOS, odd, { fieldValidation: 'Strict' }),
      400,
      /strict decoding error: unknown field "spec\.nope", unknown field "spec\.deep"/,
    );
    const metadata = { name: 'm', namespace: 'default', nope: 1 } as KubeObject['metadata'];
    await failsWith(
      client.create(FOOS, { ...foo('m', {}), metadata }, { fieldValidation: 'Strict' }),
      400,
      /unknown field "metadata\.nope"/,
    );
    assert.deepEqual((await client.create(FOOS, odd)).spec, { size: 1 });
  });

  it('gives those who apply what they applied, not what is filled in', async () => {
    await using served = await serve();
    const { client } = served;
    await establish(client, crd());
    const ref = { namespace: 'default', name: 'a' };
    const apply = (spec: object, fieldManager: string) =>
      client.patch(FOOS, ref, { type: 'apply', body: foo('a', spec) }, { fieldManager });
    const applied = await apply({ color: 'red' }, 'one');
    assert.deepEqual(applied.spec, { color: 'red', size: 1 });
    const [entry] = applied.metadata.managedFields ?? [];
    assert.deepEqual(entry?.fieldsV1, { 'f:spec': { 'f:color': {} } });
    assert.deepEqual((await apply({ size: 2 }, 'two')).spec, { color: 'red', size: 2 });
    await failsWith(apply({ color: 'blue' }, 'two'), 409, /conflict with "one": \.spec\.color/);
  });

  it('refuses a second resource of the same names until the first is gone', async () => {
    await using served = await serve();
    const { client } = served;
    await establish(client, crd());
    const other = crd({ names: { plural: 'others', kind: 'Foo', shortNames: ['fo'] } });
    await client.create(CRDS, other);
    const refused = await until(client, 'others.example.com', (each) => condition(each, 'NamesAccepted') !== undefined);
    assert.equal(condition(refused, 'NamesAccepted')?.reason, 'ListKindConflict');
    assert.equal(condition(refused, 'NamesAccepted')?.message, '"FooList" is already in use');
    assert.equal(condition(refused, 'Established')?.status, 'False');
    await failsWith(client.list({ ...FOOS, resource: 'others' }), 404, /could not find/);
    await client.delete(CRDS, { name: 'foos.example.com' });
    await until(client, 'others.example.com', isEstablished);
    assert.deepEqual((await client.list({ ...FOOS, resource: 'others' })).items, []);
  });

  it('deletes all objects with their CRD, and waits for finalizers', async () => {
    await using served = await serve();
    const { client, server } = served;
    await establish(client, crd());
    const held = foo('a', {});
    held.metadata.finalizers = ['hold.me'];
    await client.create(FOOS, held);
    await client.create(FOOS, foo('b', {}));
    await client.delete(CRDS, { name: 'foos.example.com' });
    const ending = await until(client, 'foos.example.com', (each) => condition(each, 'Terminating') !== undefined);
    assert.deepEqual(ending?.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
    await failsWith(client.create(FOOS, foo('c', {})), 405, /does not allow this method/);
    const gone = until(client, 'foos.example.com', (each) => each === undefined);
    await client.patch(
      FOOS,
      { namespace: 'default', name: 'a' },
      { type: 'merge', body: { metadata: { finalizers: null } } },
    );
    await gone;
    assert.equal((await server.storage.list({ prefix: '/registry/example.com/foos/' })).entries.length, 0);
    await establish(client, crd());
    assert.deepEqual((await client.list(FOOS)).items, []);
  });

  it('serves what was there when it starts, and completes it by the newest schema', async () => {
    await using storage = await openStorage('memory');
    {
      await using first = await serve(storage);
      await establish(first.client, crd());
      await first.client.create(FOOS, foo('a', { color: 'red' }));
      const changed = await first.client.get<CustomResourceDefinition>(CRDS, { name: 'foos.example.com' });
      const schema = {
        type: 'object',
        properties: {
          spec: {
            type: 'object',
            properties: { shape: { type: 'string', default: 'round' }, size: { type: 'integer' } },
          },
        },
      } as const;
      changed.spec.versions = [{ ...VERSION, schema: { openAPIV3Schema: schema }, selectableFields: [] }];
      await first.client.update(CRDS, changed);
    }
    await using second = await serve(storage);
    const read = await second.client.get(FOOS, { namespace: 'default', name: 'a' });
    assert.deepEqual(read.spec, { size: 1, shape: 'round' });
  });

  it('converts between versions by a webhook', async () => {
    const toV2 = (object: KubeObject) => {
      const [host, port] = String((object.spec as { hostPort: string }).hostPort).split(':');
      return { ...object, apiVersion: 'example.com/v2', spec: { host, port } };
    };
    const toV1 = (object: KubeObject) => {
      const { host, port } = object.spec as { host: string; port: string };
      return { ...object, apiVersion: 'example.com/v1', spec: { hostPort: `${host}:${port}` } };
    };
    await using webhook = await WebhookServer.open((review) =>
      converted(review, review.request.desiredAPIVersion.endsWith('v2') ? toV2 : toV1),
    );
    await using served = await serve();
    const { client } = served;
    const text = { type: 'string' } as const;
    const version = (name: string, storage: boolean, properties: Record<string, { type: 'string' }>): CrdVersion => ({
      name,
      served: true,
      storage,
      schema: {
        openAPIV3Schema: {
          type: 'object',
          properties: { spec: { type: 'object', required: Object.keys(properties), properties } },
        },
      },
    });
    const clientConfig = { url: webhook.url, caBundle: webhook.caBundle };
    await establish(
      client,
      crd({
        versions: [version('v1', true, { hostPort: text }), version('v2', false, { host: text, port: text })],
        conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      }),
    );
    const V2 = { ...FOOS, version: 'v2' };
    const created = await client.create(V2, foo('a', { host: 'h', port: '1' }, 'v2'));
    assert.deepEqual([created.apiVersion, created.spec], ['example.com/v2', { host: 'h', port: '1' }]);
    await client.create(FOOS, foo('b', { hostPort: 'k:2' }));
    const first = await client.get(FOOS, { namespace: 'default', name: 'a' });
    assert.deepEqual([first.apiVersion, first.spec], ['example.com/v1', { hostPort: 'h:1' }]);
    const { items } = await client.list(V2);
    assert.deepEqual(
      items.map(({ spec }) => spec),
      [
        { host: 'h', port: '1' },
        { host: 'k', port: '2' },
      ],
    );
    const patched = await client.patch(
      V2,
      { namespace: 'default', name: 'b' },
      { type: 'merge', body: { spec: { port: '3' } } },
    );
    assert.deepEqual([patched.spec, patched.metadata.generation], [{ host: 'k', port: '3' }, 2]);
    const seen: unknown[] = [];
    for await (const { object } of client.watch(V2, { resourceVersion: '0', signal: AbortSignal.timeout(5000) })) {
      if (seen.push(object.spec) === 2) break;
    }
    assert.deepEqual(seen, [
      { host: 'h', port: '1' },
      { host: 'k', port: '3' },
    ]);
  });

  it('tells that a conversion webhook is away', async () => {
    await using served = await serve();
    const { client } = served;
    const clientConfig = { service: { namespace: 'default', name: 'nobody', port: 443 } };
    const conversion = { strategy: 'Webhook' as const, webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
    await establish(client, crd({ versions: [VERSION, { ...VERSION, name: 'v2', storage: false }], conversion }));
    await client.create(FOOS, foo('a', {}));
    const V2 = { ...FOOS, version: 'v2' };
    await failsWith(
      client.get(V2, { namespace: 'default', name: 'a' }),
      500,
      /conversion webhook for example.com\/v1, Kind=Foo failed: Post "https:\/\/nobody\.default\.svc.*services "nobody" not found/,
    );
  });

  it('serves several versions of one schema without a webhook, and stops serving one', async () => {
    await using served = await serve();
    const { client } = served;
    await establish(client, crd({ versions: [VERSION, { ...VERSION, name: 'v2', storage: false }] }));
    await client.create({ ...FOOS, version: 'v2' }, foo('a', { size: 2 }, 'v2'));
    assert.equal((await client.get(FOOS, { namespace: 'default', name: 'a' })).apiVersion, 'example.com/v1');
    const changed = await client.get<CustomResourceDefinition>(CRDS, { name: 'foos.example.com' });
    changed.spec.versions = [
      { ...VERSION, storage: false, served: false },
      { ...VERSION, name: 'v2' },
    ];
    const stored = await client.update<CustomResourceDefinition>(CRDS, changed);
    assert.deepEqual(stored.status?.storedVersions, ['v1', 'v2']);
    await client.create({ ...FOOS, version: 'v2' }, foo('b', {}, 'v2'));
    const { items } = await client.list({ ...FOOS, version: 'v2' });
    assert.deepEqual(
      items.map(({ apiVersion }) => apiVersion),
      ['example.com/v2', 'example.com/v2'],
    );
    await failsWith(client.list(FOOS), 404, /could not find/);
    changed.spec.versions = [{ ...VERSION, name: 'v2' }];
    changed.metadata.resourceVersion = stored.metadata.resourceVersion ?? '';
    await failsWith(
      client.update(CRDS, changed),
      422,
      /v1 was previously a storage version, and must remain in spec\.versions/,
    );
  });

  it('refuses a CRD whose schema is wrong, on dry runs too', async () => {
    await using served = await serve();
    const wrong = crd({
      versions: [{ ...VERSION, schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } } }],
    });
    for (const dryRun of [true, false]) {
      await failsWith(
        served.client.create(CRDS, wrong, { dryRun }),
        422,
        /properties\[a\]\.type: Required value: must not be empty/,
      );
    }
  });
});
