import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openapiV3Document, openapiV3Documents, openapiV3Index } from './mod.ts';
import { builtinRow, customRow, everyRow } from './testing/rows.ts';

const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
const rows = [
  builtinRow('', 'v1', 'Pod', {
    subresources: {
      status: { verbs: ['get', 'patch', 'update'] },
      eviction: { verbs: ['create'], body: { group: 'policy', version: 'v1', kind: 'Eviction' } },
      exec: { verbs: ['create', 'get'], body: { group: '', version: 'v1', kind: 'PodExecOptions' } },
      log: { verbs: ['get'] },
    },
  }),
  builtinRow('', 'v1', 'Namespace', { namespaced: false }),
  builtinRow('apps', 'v1', 'Deployment', {
    subresources: { scale: { verbs: ['get', 'patch', 'update'], body: SCALE } },
  }),
  customRow('stable.example.com', 'CronTab', {
    v1: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { cronSpec: { type: 'string', description: 'When.' } } },
        templates: {
          type: 'array',
          items: {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
          },
        },
      },
    },
    v2: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  }),
  customRow('example.com', 'Status', { v1: { type: 'object' } }),
];

// biome-ignore lint/suspicious/noExplicitAny: the document is JSON that tests look into, path by path
function documentOf(apiVersion: string): any {
  return JSON.parse(openapiV3Document(apiVersion, rows) ?? 'null');
}

it('openapiV3Document has the paths of collections, objects, all namespaces, watches and subresources', () => {
  const { paths, openapi } = documentOf('v1');
  assert.equal(openapi, '3.0.0');
  for (const path of [
    '/api/v1/',
    '/api/v1/namespaces/{namespace}/pods',
    '/api/v1/namespaces/{namespace}/pods/{name}',
    '/api/v1/namespaces/{namespace}/pods/{name}/status',
    '/api/v1/pods',
    '/api/v1/watch/pods',
    '/api/v1/watch/namespaces/{namespace}/pods/{name}',
    '/api/v1/namespaces/{name}',
  ]) {
    assert.ok(paths[path], path);
  }
  assert.equal(paths['/api/v1/namespaces/{namespace}/namespaces'], undefined);
  assert.equal(paths['/api/v1/pods'].get.operationId, 'listCoreV1PodForAllNamespaces');
  assert.deepEqual(
    paths['/api/v1/namespaces/{namespace}/pods/{name}'].parameters.map((p: { name: string }) => p.name),
    ['namespace', 'name'],
  );
});

it('openapiV3Document declares fieldValidation on PATCH, where kubectl looks for it', () => {
  for (const [apiVersion, path, kind] of [
    ['v1', '/api/v1/namespaces/{namespace}/pods/{name}', 'Pod'],
    ['apps/v1', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'Deployment'],
    ['stable.example.com/v2', '/apis/stable.example.com/v2/namespaces/{namespace}/crontabs/{name}', 'CronTab'],
  ] as const) {
    const { patch } = documentOf(apiVersion).paths[path];
    const names = patch.parameters.map((parameter: { name: string }) => parameter.name);
    for (const name of ['dryRun', 'fieldManager', 'fieldValidation', 'force']) assert.ok(names.includes(name), name);
    assert.equal(patch['x-kubernetes-action'], 'patch');
    assert.equal(patch['x-kubernetes-group-version-kind'].kind, kind);
  }
});

it('openapiV3Document offers strategic merge patches and protobuf for built-in kinds only', () => {
  const patchOf = (apiVersion: string, path: string) =>
    Object.keys(documentOf(apiVersion).paths[path].patch.requestBody.content);
  const pods = patchOf('v1', '/api/v1/namespaces/{namespace}/pods/{name}');
  const crons = patchOf('stable.example.com/v1', '/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}');
  assert.ok(pods.includes('application/strategic-merge-patch+json'));
  assert.deepEqual(crons, [
    'application/json-patch+json',
    'application/merge-patch+json',
    'application/apply-patch+yaml',
  ]);
});

it('openapiV3Document tells bodies of subresources, and connections from objects', () => {
  const { paths } = documentOf('v1');
  const base = '/api/v1/namespaces/{namespace}/pods/{name}';
  assert.equal(paths[`${base}/eviction`].post['x-kubernetes-group-version-kind'].kind, 'Eviction');
  assert.equal(paths[`${base}/exec`].get['x-kubernetes-action'], 'connect');
  assert.equal(paths[`${base}/log`].get.responses[200].content['text/plain'].schema.type, 'string');
  const scale = documentOf('apps/v1').paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'];
  const schema = { $ref: '#/components/schemas/io.k8s.api.autoscaling.v1.Scale' };
  assert.deepEqual(scale.put.requestBody.content['*/*'].schema, schema);
});

it('openapiV3Document explains types and fields', () => {
  const { schemas } = documentOf('v1').components;
  const pod = schemas['io.k8s.api.core.v1.Pod'];
  assert.match(pod.description, /collection of containers/);
  assert.deepEqual(pod['x-kubernetes-group-version-kind'], [{ group: '', version: 'v1', kind: 'Pod' }]);
  assert.deepEqual(pod.properties.spec.allOf, [{ $ref: '#/components/schemas/io.k8s.api.core.v1.PodSpec' }]);
  assert.match(schemas['io.k8s.api.core.v1.PodSpec'].properties.nodeName.description, /node/i);
  assert.deepEqual(schemas['io.k8s.apimachinery.pkg.api.resource.Quantity'].oneOf, [
    { type: 'string' },
    { type: 'number' },
  ]);
});

it('openapiV3Document publishes what a CRD defines under its own name, also where built-in kinds are called so', () => {
  const { schemas } = documentOf('stable.example.com/v1').components;
  const cron = schemas['com.example.stable.v1.CronTab'];
  assert.equal(cron.properties.spec.properties.cronSpec.description, 'When.');
  assert.deepEqual(cron.properties.metadata, {
    $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
  });
  assert.deepEqual(Object.keys(cron.properties.templates.items.properties), ['apiVersion', 'kind', 'metadata']);
  assert.equal(schemas['com.example.stable.v1.CronTabList'].properties.items.type, 'array');
  assert.ok(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']);
  assert.ok(documentOf('example.com/v1').components.schemas['com.example.v1.Status']);
});

it('openapiV3Document has every definition that it refers to, in every group version', () => {
  for (const { path, text } of openapiV3Documents([...everyRow(), ...rows])) {
    const { schemas } = JSON.parse(text).components;
    for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(schemas[name], path + name);
  }
});

it('openapiV3Document knows no document where nothing is served', () => {
  for (const name of ['apps/v2', 'v2', '', 'constructor']) assert.equal(openapiV3Document(name, rows), undefined, name);
});

it('openapiV3Index names each document with the hash of its content', () => {
  const documents = [...openapiV3Documents(rows)];
  const { paths } = JSON.parse(openapiV3Index(documents));
  assert.deepEqual(Object.keys(paths), [
    'api/v1',
    'apis/apps/v1',
    'apis/stable.example.com/v1',
    'apis/stable.example.com/v2',
    'apis/example.com/v1',
  ]);
  assert.match(paths['api/v1'].serverRelativeURL, /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/);
  assert.equal(openapiV3Index(openapiV3Documents(rows)), openapiV3Index(documents));
  const changed = [...openapiV3Documents(rows.slice(1))];
  assert.notEqual(changed[0]?.hash, documents[0]?.hash);
});
