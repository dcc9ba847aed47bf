/** A CRD whose versions differ in what they have: status, scale, columns, selectable fields, and the names of fields. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { convertBy, defineKind } from './support/custom-kinds.ts';
import { ExtensionServer } from './support/extension-server.ts';
import { it } from './support/scenario.ts';

const v1 = '/apis/example.org/v1/namespaces/default/flocks';
const v2 = '/apis/example.org/v2/namespaces/default/flocks';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const { api } = forAllTests(await TestCluster.start());
const extension = forAllTests(await ExtensionServer.start());

/** v1 calls it `size`, v2 `replicas`; v1 alone has a status subresource, and each has a scale of its own. */
function convert(object: KubeObject, to: string): KubeObject {
  const { size, replicas = size, ...rest } = (object.spec ?? {}) as { size?: number; replicas?: number };
  const named = { ...(to.endsWith('/v1') ? { size: replicas } : { replicas }), stray: 'of no schema' };
  return { ...object, apiVersion: to, spec: { ...rest, ...(replicas === undefined ? {} : named) } };
}

before(async () => {
  const integer = { type: 'integer' };
  const schema = (field: string) => ({
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { [field]: integer, color: { type: 'string' } } },
        status: { type: 'object', properties: { size: integer } },
      },
    },
  });
  const scale = (field: string) => ({ specReplicasPath: `.spec.${field}`, statusReplicasPath: '.status.size' });
  const versions = [
    {
      name: 'v1',
      served: true,
      storage: true,
      schema: schema('size'),
      subresources: { status: {}, scale: scale('size') },
      additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
      selectableFields: [{ jsonPath: '.spec.color' }],
    },
    {
      name: 'v2',
      served: true,
      storage: false,
      schema: schema('replicas'),
      subresources: { scale: scale('replicas') },
      additionalPrinterColumns: [{ name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' }],
    },
    { name: 'v3', served: true, storage: false, schema: schema('replicas') },
  ];
  const names = { plural: 'flocks', kind: 'Flock' };
  await defineKind(api, { names, versions, conversion: convertBy(extension, convert) });
});

const flock = (version: string, name: string, spec: object, more: object = {}) => ({
  apiVersion: `example.org/${version}`,
  kind: 'Flock',
  metadata: { name },
  spec,
  ...more,
});

describe('a version of a custom resource', () => {
  it('has its own subresources in discovery and OpenAPI', async () => {
    const below = async (version: string) => {
      const { resources } = await api.get<{ resources: { name: string }[] }>(`/apis/example.org/${version}`);
      return resources.map(({ name }) => name).sort();
    };
    assert.deepEqual(await below('v1'), ['flocks', 'flocks/scale', 'flocks/status']);
    assert.deepEqual(await below('v2'), ['flocks', 'flocks/scale']);
    assert.deepEqual(await below('v3'), ['flocks']);
    const paths = async (version: string) => {
      const document = await api.get<{ paths: object }>(`/openapi/v3/apis/example.org/${version}`);
      return Object.keys(document.paths).filter((path) => /\/(status|scale)$/.test(path)).length;
    };
    assert.deepEqual([await paths('v1'), await paths('v2'), await paths('v3')], [2, 1, 0]);
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const { items } = (await api.call('GET', '/apis', { headers: { accept } })).json<{ items: KubeObject[] }>();
    const group = items.find(({ metadata }) => metadata.name === 'example.org');
    const versions = group?.versions as { version: string; resources: { subresources?: object[] }[] }[];
    assert.deepEqual(
      versions.map(({ version, resources }) => [version, resources[0]?.subresources?.length ?? 0]).sort(),
      [
        ['v1', 2],
        ['v2', 1],
        ['v3', 0],
      ],
    );
  });

  it('without a status subresource has none, and writes the status like any field', async () => {
    await api.create(v2, flock('v2', 'a', { replicas: 1 }, { status: { size: 3 } }));
    assert.equal(at(await api.get(`${v1}/a`), 'status.size'), 3);
    await refused(api.get(`${v2}/a/status`), 404);
    const changed = await api.patch(`${v2}/a`, 'merge', { status: { size: 4 } });
    assert.deepEqual([at(changed, 'status.size'), changed.metadata.generation], [4, 2]);
  });

  it('with one keeps it on the main path', async () => {
    await api.create(v1, flock('v1', 'b', { size: 1 }, { status: { size: 3 } }));
    assert.equal(at(await api.get(`${v1}/b`), 'status'), undefined);
    assert.equal(at(await api.patch(`${v1}/b`, 'merge', { status: { size: 4 } }), 'status'), undefined);
    const written = await api.patch(`${v1}/b/status`, 'merge', { status: { size: 5 } });
    assert.deepEqual([at(written, 'status.size'), written.metadata.generation], [5, 1]);
  });

  it('is scaled by its own paths', async () => {
    await api.create(v1, flock('v1', 'c', { size: 1 }));
    assert.equal(at(await api.get(`${v1}/c/scale`), 'spec.replicas'), 1);
    assert.equal(at(await api.get(`${v2}/c/scale`), 'spec.replicas'), 1);
    const scaled = await api.patch(`${v2}/c/scale`, 'merge', { spec: { replicas: 6 } });
    assert.equal(at(scaled, 'spec.replicas'), 6);
    assert.deepEqual((await api.get(`${v1}/c`)).spec, { size: 6 });
    await refused(api.get('/apis/example.org/v3/namespaces/default/flocks/c/scale'), 404);
  });

  it('shows of what the webhook answers what its schema knows', async () => {
    await api.create(v1, flock('v1', 'pruned', { size: 7 }));
    assert.deepEqual((await api.get(`${v2}/pruned`)).spec, { replicas: 7 });
  });

  it('is printed in its own columns', async () => {
    await api.create(v1, flock('v1', 'd', { size: 7 }));
    const table = async (path: string) => {
      const answer = await api.call('GET', path, { headers: TABLE });
      const { columnDefinitions, rows } = answer.json<{
        columnDefinitions: { name: string }[];
        rows: { cells: unknown[] }[];
      }>();
      return [columnDefinitions.map(({ name }) => name), rows.find(({ cells }) => cells[0] === 'd')?.cells];
    };
    for (const name of ['', '/d']) {
      assert.deepEqual(await table(`${v1}${name}`), [
        ['Name', 'Size'],
        ['d', 7],
      ]);
      assert.deepEqual(await table(`${v2}${name}`), [
        ['Name', 'Replicas'],
        ['d', 7],
      ]);
    }
  });

  it('is selected by its own fields', async () => {
    await api.create(v1, flock('v1', 'e', { color: 'red' }));
    const { items } = await api.get<{ items: KubeObject[] }>(`${v1}?fieldSelector=spec.color=red`);
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['e'],
    );
    await refused(api.get(`${v2}?fieldSelector=spec.color=red`), 400);
  });

  it('owns its status, or leaves it to the subresource', async () => {
    const applied = await api.apply(`${v2}/f`, 'a', flock('v2', 'f', { replicas: 1 }, { status: { size: 1 } }));
    assert.ok(at(applied.metadata.managedFields?.[0], 'fieldsV1.f:status') !== undefined);
    const other = await api.apply(`${v1}/g`, 'a', flock('v1', 'g', { size: 1 }, { status: { size: 1 } }));
    assert.equal(at(other.metadata.managedFields?.[0], 'fieldsV1.f:status'), undefined);
    assert.equal(other.status, undefined);
  });
});
