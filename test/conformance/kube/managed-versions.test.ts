/** Who owns what where one object is written in several versions of its kind: each manager's entry is in his own. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { KubeObject, ManagedFieldsEntry } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { convertBy, defineKind } from './support/custom-kinds.ts';
import { ExtensionServer } from './support/extension-server.ts';
import { it } from './support/scenario.ts';

const { api } = forAllTests(await TestCluster.start());
const extension = forAllTests(await ExtensionServer.start());
let count = 0;

const fresh = () => `x-${++count}`;

/** `manager operation version`, in the order of the object. */
function managersOf({ metadata }: KubeObject): string[] {
  return (metadata.managedFields ?? []).map(
    ({ manager, operation, apiVersion }) => `${manager} ${operation} ${apiVersion}`,
  );
}

function entryOf({ metadata }: KubeObject, manager: string): ManagedFieldsEntry {
  return metadata.managedFields?.find((entry) => entry.manager === manager) ?? assert.fail(`no entry of ${manager}`);
}

const fieldsOf = (object: KubeObject, manager: string, path = 'f:spec') =>
  Object.keys((at(entryOf(object, manager).fieldsV1, path) ?? {}) as object).sort();

describe('autoscalers, which have two versions', () => {
  const v1 = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
  const v2 = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const old = (name: string, spec: object = {}) => ({
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: target, maxReplicas: 5, targetCPUUtilizationPercentage: 60, ...spec },
  });
  const cpu = (averageUtilization: number) => ({
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  });
  const current = (name: string, spec: object = {}) => ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: { scaleTargetRef: target, maxReplicas: 5, ...spec },
  });

  it('note the version in which they were written', async () => {
    const name = fresh();
    await api.create(`${v1}?fieldManager=old`, old(name));
    await api.update(`${v2}/${name}?fieldManager=new`, { ...(await api.get(`${v2}/${name}`)), ...bigger(8) });
    const object = await api.get(`${v2}/${name}`);
    assert.deepEqual(managersOf(object).sort(), ['new Update autoscaling/v2', 'old Update autoscaling/v1']);
    assert.deepEqual(fieldsOf(object, 'old'), [
      'f:minReplicas',
      'f:scaleTargetRef',
      'f:targetCPUUtilizationPercentage',
    ]);
    assert.deepEqual(fieldsOf(object, 'new'), ['f:maxReplicas']);

    function bigger(maxReplicas: number) {
      return { spec: { scaleTargetRef: target, minReplicas: 1, maxReplicas, metrics: [cpu(60)] } };
    }
  });

  it('show the same entries in both versions', async () => {
    const name = fresh();
    await api.create(`${v1}?fieldManager=old`, old(name));
    const [inOld, inNew] = [await api.get(`${v1}/${name}`), await api.get(`${v2}/${name}`)];
    assert.deepEqual(inOld.metadata.managedFields, inNew.metadata.managedFields);
  });

  it('what one changes in his version, the other no longer owns in his', async () => {
    const name = fresh();
    const path = `${v2}/${name}`;
    await api.apply(path, 'new', current(name, { metrics: [cpu(50)] }));
    await api.patch(`${v1}/${name}?fieldManager=old`, 'merge', { spec: { targetCPUUtilizationPercentage: 70 } });
    const object = await api.get(path);
    assert.deepEqual(fieldsOf(object, 'new'), ['f:maxReplicas', 'f:scaleTargetRef']);
    assert.deepEqual(fieldsOf(object, 'old'), ['f:targetCPUUtilizationPercentage']);
    const status = await refused(api.apply(path, 'new', current(name, { metrics: [cpu(50)] })), 409, 'Conflict');
    assert.deepEqual(status.details?.causes, [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "old" using autoscaling/v1',
        field: '.spec.targetCPUUtilizationPercentage',
      },
    ]);
    const forced = await api.apply(path, 'new', current(name, { metrics: [cpu(50)] }), 'force=true');
    assert.deepEqual(managersOf(forced), ['new Apply autoscaling/v2']);
  });

  it('an applier who goes over to another version takes his fields with him', async () => {
    const name = fresh();
    await api.apply(`${v1}/${name}`, 'gitops', old(name, { minReplicas: 2 }));
    const object = await api.apply(`${v2}/${name}`, 'gitops', current(name, { metrics: [cpu(60)] }));
    assert.deepEqual(managersOf(object), ['gitops Apply autoscaling/v2']);
    assert.equal(at(object, 'spec.minReplicas'), 1); // Applied no more: the default again.
    assert.equal(at(object, 'spec.metrics.0.resource.target.averageUtilization'), 60);
  });

  it('what an applier leaves out stays while somebody owns it in another version', async () => {
    const name = fresh();
    await api.apply(`${v2}/${name}`, 'new', current(name, { metrics: [cpu(60)], minReplicas: 3 }));
    await api.apply(`${v1}/${name}`, 'old', old(name));
    const object = await api.apply(`${v2}/${name}`, 'new', current(name));
    assert.equal(at(object, 'spec.metrics.0.resource.target.averageUtilization'), 60);
    assert.equal(at(object, 'spec.minReplicas'), 1);
    assert.deepEqual(managersOf(object).sort(), ['new Apply autoscaling/v2', 'old Apply autoscaling/v1']);
  });

  it('an apply that changes nothing changes no time', async () => {
    const name = fresh();
    await api.create(`${v1}?fieldManager=old`, old(name));
    const first = await api.apply(`${v2}/${name}`, 'new', current(name, { metrics: [cpu(60)] }));
    const second = await api.apply(`${v2}/${name}`, 'new', current(name, { metrics: [cpu(60)] }));
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  it('entries of versions that nobody serves are dropped with the next write', async () => {
    const name = fresh();
    const made = await api.create(`${v2}?fieldManager=new`, current(name));
    const entries = [
      ...(made.metadata.managedFields ?? []),
      { ...entryOf(made, 'new'), manager: 'ghost', apiVersion: 'autoscaling/v2beta2' },
    ];
    await api.patch(`${v2}/${name}`, 'merge', { metadata: { managedFields: entries } });
    const object = await api.patch(`${v2}/${name}?fieldManager=new`, 'merge', { spec: { maxReplicas: 9 } });
    assert.deepEqual(managersOf(object), ['new Update autoscaling/v2']);
  });
});

describe('events, which have two groups', () => {
  it('note the group in which they were written', async () => {
    const name = fresh();
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'example.org/c',
      reportingInstance: 'i',
      action: 'Do',
      reason: 'Because',
      type: 'Normal',
      note: 'a',
      regarding: { kind: 'Pod', name: 'p', namespace: 'default' },
    };
    const path = '/apis/events.k8s.io/v1/namespaces/default/events';
    const made = await api.create(`${path}?fieldManager=new`, event);
    assert.equal(entryOf(made, 'new').apiVersion, 'events.k8s.io/v1');
    assert.ok(Object.hasOwn(entryOf(made, 'new').fieldsV1 ?? {}, 'f:note'));
    const core = `/api/v1/namespaces/default/events/${name}`;
    const object = await api.patch(`${core}?fieldManager=old`, 'merge', { metadata: { labels: { a: 'b' } } });
    assert.deepEqual(managersOf(object).sort(), ['new Update events.k8s.io/v1', 'old Update v1']);
    assert.ok(Object.hasOwn(entryOf(object, 'new').fieldsV1 ?? {}, 'f:note'));
  });
});

describe('custom resources of two versions', () => {
  const spec = (properties: object) => ({
    type: 'object',
    properties: { spec: { type: 'object', properties } },
  });
  const integer = { type: 'integer' };
  const parts = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, weight: integer } },
  };

  async function define(plural: string, kind: string, schemas: Record<string, object>, conversion?: object) {
    const versions = Object.entries(schemas).map(([name, openAPIV3Schema], index) => ({
      name,
      served: true,
      storage: index === 0,
      schema: { openAPIV3Schema },
    }));
    await defineKind(api, { names: { plural, kind }, versions, ...(conversion && { conversion }) });
    return {
      path: (version: string) => `/apis/example.org/${version}/namespaces/default/${plural}`,
      of: (version: string, name: string, fields: object) => ({
        apiVersion: `example.org/${version}`,
        kind,
        metadata: { name },
        spec: fields,
      }),
    };
  }

  it('are applied by one manager in both, by others in either', async () => {
    const { path, of } = await define('herds', 'Herd', { v1: spec({ parts }), v2: spec({ parts }) });
    await api.apply(`${path('v1')}/h`, 'a', of('v1', 'h', { parts: [{ name: 'x' }, { name: 'y' }] }));
    await api.apply(`${path('v2')}/h`, 'b', of('v2', 'h', { parts: [{ name: 'y', weight: 2 }, { name: 'z' }] }));
    const object = await api.apply(`${path('v2')}/h`, 'a', of('v2', 'h', { parts: [{ name: 'w' }] }));
    assert.deepEqual(managersOf(object).sort(), ['a Apply example.org/v2', 'b Apply example.org/v2']);
    assert.deepEqual(at(object, 'spec.parts'), [{ name: 'y', weight: 2 }, { name: 'z' }, { name: 'w' }]);
  });

  it('with a webhook that renames: a field is owned under either name', async () => {
    const conversion = convertBy(extension, (object, to) => {
      const { size, replicas = size, ...rest } = (object.spec ?? {}) as { size?: number; replicas?: number };
      const named = to.endsWith('/v1') ? { size: replicas } : { replicas };
      return { ...object, apiVersion: to, spec: { ...rest, ...(replicas === undefined ? {} : named) } };
    });
    const color = { type: 'string' };
    const { path, of } = await define(
      'packs',
      'Pack',
      { v1: spec({ size: integer, color }), v2: spec({ replicas: integer, color }) },
      conversion,
    );
    await api.apply(`${path('v1')}/p`, 'a', of('v1', 'p', { size: 1, color: 'red' }));
    const status = await refused(api.apply(`${path('v2')}/p`, 'b', of('v2', 'p', { replicas: 2 })), 409, 'Conflict');
    assert.deepEqual(status.details?.causes, [
      { reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.spec.size' },
    ]);
    const taken = await api.apply(`${path('v2')}/p`, 'b', of('v2', 'p', { replicas: 2 }), 'force=true');
    assert.deepEqual([fieldsOf(taken, 'a'), fieldsOf(taken, 'b')], [['f:color'], ['f:replicas']]);
    // Nobody else owns the color; the size is another's now, whatever it is called.
    const left = await api.apply(`${path('v1')}/p`, 'a', of('v1', 'p', {}));
    assert.deepEqual(left.spec, { size: 2 });
    const gone = await api.apply(`${path('v1')}/p`, 'b', of('v1', 'p', {}));
    assert.equal(at(gone, 'spec.size'), undefined);
  });
});
