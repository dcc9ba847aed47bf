/** CustomResourceDefinitions: kinds that users bring along. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { DEFINITIONS, defineKind } from './support/custom-kinds.ts';
import { it } from './support/scenario.ts';

const { api } = forAllTests(await TestCluster.start());
let count = 0;

interface Defined {
  readonly path: string;
  readonly definition: string;
  readonly kind: string;
  readonly group: string;
}

/** Defines a kind whose spec has `properties`, and waits until it is served. */
async function define(properties: object, version: object = {}, specRules: object = {}): Promise<Defined> {
  const id = ++count;
  const [group, plural, kind] = [`g${id}.example.org`, `things${id}`, `Thing${id}`];
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties, ...specRules },
        status: { type: 'object', properties: { replicas: { type: 'integer' } } },
      },
    },
  };
  const names = { plural, kind, shortNames: [`t${id}`] };
  const versions = [{ name: 'v1', served: true, storage: true, schema, ...version }];
  await defineKind(api, { group, names, versions });
  const path = `/apis/${group}/v1/namespaces/default/${plural}`;
  return { path, definition: `${DEFINITIONS}/${plural}.${group}`, kind, group };
}

function thing({ group, kind }: Defined, spec: object, name = 'x') {
  return { apiVersion: `${group}/v1`, kind, metadata: { name }, spec };
}

describe('a definition', () => {
  it('is established, and its kind is in discovery and OpenAPI', async () => {
    const defined = await define({ a: { type: 'string' } });
    const { status } = await api.get(defined.definition);
    const conditions = at(status, 'conditions') as { type: string; status: string }[];
    for (const type of ['NamesAccepted', 'Established']) {
      assert.equal(conditions.find((condition) => condition.type === type)?.status, 'True', type);
    }
    const { resources } = await api.get<{ resources: { kind: string; shortNames?: string[] }[] }>(
      `/apis/${defined.group}/v1`,
    );
    assert.ok(resources.some(({ kind }) => kind === defined.kind));
    const document = await api.call('GET', `/openapi/v3/apis/${defined.group}/v1`);
    assert.match(document.text, new RegExp(`"kind":\\s*"${defined.kind}"`));
  });

  it('takes its objects along when it is deleted', async () => {
    const defined = await define({ a: { type: 'string' } });
    await api.create(defined.path, thing(defined, { a: 'b' }));
    await api.delete(defined.definition);
    await eventually('it is gone', async () => (await api.call('GET', defined.definition)).code === 404);
    await eventually('its path is gone', async () => (await api.call('GET', defined.path)).code === 404);
  });

  it('whose schema is not structural is refused', async () => {
    await refused(
      api.create(DEFINITIONS, {
        metadata: { name: 'bads.bad.example.org' },
        spec: {
          group: 'bad.example.org',
          scope: 'Namespaced',
          names: { plural: 'bads', kind: 'Bad' },
          versions: [
            { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { properties: { a: {} } } } },
          ],
        },
      }),
      422,
      'Invalid',
    );
  });

  it('whose name is not plural.group is refused', async () => {
    const spec = {
      group: 'x.example.org',
      scope: 'Cluster',
      names: { plural: 'xs', kind: 'X' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    };
    await refused(api.create(DEFINITIONS, { metadata: { name: 'other' }, spec }), 422, 'Invalid');
  });

  it('cannot be in a group of Kubernetes without approval', async () => {
    const spec = {
      group: 'my.k8s.io',
      scope: 'Cluster',
      names: { plural: 'xs', kind: 'X' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    };
    await refused(api.create(DEFINITIONS, { metadata: { name: 'xs.my.k8s.io' }, spec }), 422, 'Invalid');
  });
});

describe('custom objects', () => {
  it('lose fields that the schema lacks', async () => {
    const defined = await define({ a: { type: 'string' } });
    const made = await api.create(defined.path, thing(defined, { a: '1', b: '2' }));
    assert.deepEqual(made.spec, { a: '1' });
  });

  it('keep them where x-kubernetes-preserve-unknown-fields says so', async () => {
    const defined = await define({ free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } });
    const made = await api.create(defined.path, thing(defined, { free: { a: { b: 1 } }, other: 1 }));
    assert.deepEqual(made.spec, { free: { a: { b: 1 } } });
  });

  it('are refused with unknown fields under Strict', async () => {
    const defined = await define({ a: { type: 'string' } });
    const status = await refused(api.create(`${defined.path}?fieldValidation=Strict`, thing(defined, { b: '2' })), 400);
    assert.match(status.message ?? '', /unknown field "spec\.b"/);
  });

  it('get defaults', async () => {
    const defined = await define({
      size: { type: 'integer', default: 3 },
      nested: { type: 'object', default: {}, properties: { a: { type: 'string', default: 'b' } } },
    });
    const made = await api.create(defined.path, thing(defined, {}));
    assert.deepEqual(made.spec, { size: 3, nested: { a: 'b' } });
  });

  it('are held to types, bounds, patterns and enums, with the path of the field', async () => {
    const defined = await define({
      n: { type: 'integer', minimum: 1, maximum: 5 },
      s: { type: 'string', pattern: '^[a-z]+$', maxLength: 3 },
      e: { type: 'string', enum: ['one', 'two'] },
      l: { type: 'array', maxItems: 1, items: { type: 'string' } },
    });
    for (const [field, value] of [
      ['n', 0],
      ['n', 6],
      ['n', 'x'],
      ['s', 'A'],
      ['s', 'abcd'],
      ['e', 'three'],
      ['l', ['a', 'b']],
    ] as const) {
      const status = await refused(api.create(defined.path, thing(defined, { [field]: value })), 422, 'Invalid');
      assert.equal(status.details?.causes?.[0]?.field, `spec.${field}`);
    }
  });

  it('miss what is required', async () => {
    const defined = await define({ a: { type: 'string' } }, {}, { required: ['a'] });
    const status = await refused(api.create(defined.path, thing(defined, {})), 422);
    assert.match(status.message ?? '', /spec\.a: Required value/);
  });

  it('lose null where it is not allowed and a default is there, and keep it where it is', async () => {
    const defined = await define({ a: { type: 'string', default: 'd' }, b: { type: 'string', nullable: true } });
    const made = await api.create(defined.path, thing(defined, { a: null, b: null }));
    assert.deepEqual(made.spec, { a: 'd', b: null });
  });

  it('refuse strategic merge patches with 415', async () => {
    const defined = await define({ a: { type: 'string' } });
    await api.create(defined.path, thing(defined, {}));
    await refused(api.patch(`${defined.path}/x`, 'strategic', { spec: { a: 'b' } }), 415);
  });

  it('are applied with list maps of their schema', async () => {
    const items = { type: 'object', required: ['k'], properties: { k: { type: 'string' }, v: { type: 'string' } } };
    const defined = await define({
      l: { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    });
    await api.apply(`${defined.path}/x`, 'one', thing(defined, { l: [{ k: 'a', v: '1' }] }));
    const both = await api.apply(`${defined.path}/x`, 'two', thing(defined, { l: [{ k: 'b', v: '2' }] }));
    assert.equal((at(both, 'spec.l') as unknown[]).length, 2);
  });

  it('count generations, and not for metadata', async () => {
    const defined = await define({ a: { type: 'string' } });
    assert.equal((await api.create(defined.path, thing(defined, {}))).metadata.generation, 1);
    assert.equal((await api.patch(`${defined.path}/x`, 'merge', { spec: { a: 'b' } })).metadata.generation, 2);
    assert.equal(
      (await api.patch(`${defined.path}/x`, 'merge', { metadata: { labels: { a: 'b' } } })).metadata.generation,
      2,
    );
  });

  it('are watched', async () => {
    const defined = await define({ a: { type: 'string' } });
    using watch = await api.watch(defined.path);
    await api.create(defined.path, thing(defined, {}));
    await api.delete(`${defined.path}/x`);
    assert.deepEqual(await watch.names(2), ['ADDED x', 'DELETED x']);
  });
});

describe('rules in CEL', () => {
  it('refuse what they do not hold for, with their message', async () => {
    const rules = {
      'x-kubernetes-validations': [{ rule: 'self.min <= self.max', message: 'min must not exceed max' }],
    };
    const defined = await define({ min: { type: 'integer' }, max: { type: 'integer' } }, {}, rules);
    await api.create(defined.path, thing(defined, { min: 1, max: 2 }));
    const status = await refused(api.create(defined.path, thing(defined, { min: 3, max: 2 }, 'y')), 422, 'Invalid');
    assert.match(status.message ?? '', /min must not exceed max/);
  });

  it('compare with the old object', async () => {
    const defined = await define({
      fixed: {
        type: 'string',
        'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed is immutable' }],
      },
    });
    await api.create(defined.path, thing(defined, { fixed: 'a' }));
    const status = await refused(api.patch(`${defined.path}/x`, 'merge', { spec: { fixed: 'b' } }), 422);
    assert.match(status.message ?? '', /fixed is immutable/);
  });

  it('that do not compile make the definition invalid', async () => {
    await refused(define({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self +' }] } }), 422, 'Invalid');
  });
});

describe('subresources of custom objects', () => {
  const version = {
    subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
  };

  it('status is written there alone', async () => {
    const defined = await define({ replicas: { type: 'integer' } }, version);
    const made = await api.create(defined.path, { ...thing(defined, { replicas: 1 }), status: { replicas: 9 } });
    assert.equal(made.status, undefined);
    const patched = await api.patch(`${defined.path}/x/status`, 'merge', {
      status: { replicas: 1 },
      spec: { replicas: 7 },
    });
    assert.deepEqual([at(patched, 'status.replicas'), at(patched, 'spec.replicas')], [1, 1]);
    assert.equal(patched.metadata.generation, 1);
  });

  it('scale reads and writes the replicas', async () => {
    const defined = await define({ replicas: { type: 'integer' } }, version);
    await api.create(defined.path, thing(defined, { replicas: 1 }));
    const scale = await api.get(`${defined.path}/x/scale`);
    assert.deepEqual([scale.kind, at(scale, 'spec.replicas')], ['Scale', 1]);
    await api.patch(`${defined.path}/x/scale`, 'merge', { spec: { replicas: 4 } });
    assert.equal(at(await api.get(`${defined.path}/x`), 'spec.replicas'), 4);
  });

  it('are 404 where the version has none', async () => {
    const defined = await define({ replicas: { type: 'integer' } });
    await api.create(defined.path, thing(defined, {}));
    for (const name of ['status', 'scale']) await refused(api.get(`${defined.path}/x/${name}`), 404);
  });
});

describe('columns and selectable fields', () => {
  it('columns are in tables', async () => {
    const columns = [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }];
    const defined = await define({ size: { type: 'integer' } }, { additionalPrinterColumns: columns });
    await api.create(defined.path, thing(defined, { size: 7 }));
    const answer = await api.call('GET', defined.path, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    const table = answer.json<{ columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] }>();
    assert.deepEqual(
      table.columnDefinitions.map(({ name }) => name),
      ['Name', 'Size'],
    );
    assert.deepEqual(table.rows[0]?.cells, ['x', 7]);
  });

  it('selectable fields select', async () => {
    const defined = await define({ colour: { type: 'string' } }, { selectableFields: [{ jsonPath: '.spec.colour' }] });
    await api.create(defined.path, thing(defined, { colour: 'red' }, 'r'));
    await api.create(defined.path, thing(defined, { colour: 'blue' }, 'b'));
    const { items } = await api.get<{ items: KubeObject[] }>(`${defined.path}?fieldSelector=spec.colour%3Dred`);
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['r'],
    );
  });
});
