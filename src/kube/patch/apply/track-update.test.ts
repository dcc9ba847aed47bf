import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject, ManagedFieldsEntry } from '#kube/api';
import { resolveSchema, schemaOfKind } from '#kube/api/schema';
import { trackUpdate } from '../mod.ts';
import { type Fields, History, newThing } from './testing/history.ts';

const entry = (manager: string, fieldsV1: unknown, more: object = {}): ManagedFieldsEntry =>
  ({
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: '2020-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...more,
  }) as ManagedFieldsEntry;
const names = ({ live }: History) => (live?.metadata.managedFields ?? []).map(({ manager }) => manager);
/** An update whose body brings managed fields of its own. */
const sent = (history: History, managedFields: unknown, fields: Fields = history.fields, subresource = '') =>
  history.update('u', { ...fields, metadata: { managedFields } }, { subresource });

describe('trackUpdate', () => {
  it('writes entries as upstream does', () => {
    const history = new History().update('m', {
      text: 'x',
      list: [{ name: 'a' }],
      metadata: { labels: { b: '1', a: '2' } },
    });
    assert.equal(
      JSON.stringify(history.live?.metadata.managedFields),
      '[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2024-01-01T00:00:01Z","fieldsType":"FieldsV1","fieldsV1":' +
        '{"f:list":{".":{},"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{}}},"f:metadata":{"f:labels":{".":{},"f:a":{},"f:b":{}}},"f:text":{}}}]',
    );
    history.update('m', { ...history.fields, status: { ready: true } }, { subresource: 'status' });
    assert.equal(history.live?.metadata.managedFields?.[1]?.subresource, 'status');
  });

  it('owns what a real deployment shows, by kind’s schema', () => {
    const updated = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: {
        name: 'web',
        namespace: 'default',
        uid: 'u',
        generation: 1,
        creationTimestamp: 't',
        labels: { app: 'web' },
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [
              { name: 'c', image: 'i', ports: [{ containerPort: 443 }, { containerPort: 80 }], resources: {} },
            ],
          },
        },
      },
      status: {},
    } as KubeObject;
    const schema = schemaOfKind({ group: 'apps', version: 'v1', kind: 'Deployment' });
    const common = {
      apiVersion: 'apps/v1',
      manager: 'kubectl-create',
      subresource: '',
      nowMs: 0,
      schema,
      resolve: resolveSchema,
    };
    trackUpdate({ ...common, live: undefined, updated });
    assert.equal(
      JSON.stringify(updated.metadata.managedFields?.[0]?.fieldsV1),
      '{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:strategy":{"f:rollingUpdate":' +
        '{".":{},"f:maxSurge":{}},"f:type":{}},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":' +
        '{"k:{\\"name\\":\\"c\\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{".":{},"k:{\\"containerPort\\":80,\\"protocol\\":' +
        '\\"TCP\\"}":{".":{},"f:containerPort":{}},"k:{\\"containerPort\\":443,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{}}},' +
        '"f:resources":{}}}}}}}',
    );
  });

  it('leaves everything as it is when nothing changed', () => {
    const history = new History().update('a', { text: 'x' }).apply('b', { number: 1 });
    const before = structuredClone(history.live?.metadata.managedFields);
    assert.deepEqual(history.patch('u', {}).live?.metadata.managedFields, before);
    history.patch('u', {
      metadata: { name: 'x', uid: 'other', generation: 7, resourceVersion: '9', creationTimestamp: 't' },
    });
    assert.deepEqual(history.live?.metadata.managedFields, before);
  });

  it('moves the time of those alone who got fields', () => {
    const history = new History()
      .update('a', { text: 'x', number: 1 })
      .patch('b', { flag: true })
      .patch('a', { number: 2 });
    assert.deepEqual(history.times(), { a: 3, b: 2 });
    const { number: _n, ...rest } = history.fields;
    assert.deepEqual(history.update('b', rest).times(), { a: 3, b: 2 });
    assert.deepEqual(history.owners(), { 'update:a': ['.text'], 'update:b': ['.flag'] });
  });

  it('calls a manager without a name unknown', () => {
    assert.deepEqual(names(new History().update('', { text: 'x' })), ['unknown']);
  });

  it('sorts entries by operation, time, name, version and subresource', () => {
    const history = new History()
      .update('z', { text: 'x' })
      .patch('a', { number: 1 })
      .apply('m', { flag: true })
      .apply('b', { map: { x: '1' } });
    assert.deepEqual(names(history), ['m', 'b', 'z', 'a']);
    sent(history, [
      entry('y', { 'f:text': {} }),
      entry('x', { 'f:number': {} }),
      entry('x', { 'f:number': {} }, { subresource: 'status' }),
    ]);
    const shown = history.live?.metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource]);
    assert.deepEqual(shown, [
      ['x', undefined],
      ['x', 'status'],
      ['y', undefined],
    ]);
  });

  it('lets clients edit managed fields', () => {
    const history = new History().update('a', { text: 'x', number: 1 });
    sent(history, [entry('b', { 'f:text': {} }, { operation: 'Apply' })]);
    assert.deepEqual(history.owners(), { 'apply:b': ['.text'] });
  });

  it('resets managed fields for a list of one empty entry, before it tracks what else changed', () => {
    const history = new History().update('a', { text: 'x', number: 1 });
    sent(history, [{}], { text: 'x', number: 2 });
    assert.deepEqual(history.owners(), { 'update:u': ['.number'] });
    sent(history, [{}]);
    assert.equal(history.live?.metadata.managedFields, undefined);
  });

  it('goes on with the live ones when those of the client are empty, invalid or come through a subresource', () => {
    for (const managedFields of [
      [],
      null,
      'x',
      [{}, {}],
      [1],
      [entry('b', { 'f:text': {} }, { operation: 'Patch' })],
      [entry('b', { 'f:text': {} }, { apiVersion: '' })],
      [entry('b', { 'f:text': {} }, { fieldsType: undefined })],
      [entry('b', { 'f:text': {} }, { fieldsType: 'FieldsV2' })],
      [entry('b', { 'f:text': 1 })],
      [entry('b', [])],
    ]) {
      const history = new History().update('a', { text: 'x' });
      assert.deepEqual(sent(history, managedFields).owners(), { 'update:a': ['.text'] }, JSON.stringify(managedFields));
    }
    const history = new History().update('a', { text: 'x' });
    sent(history, [entry('b', { 'f:text': {} })], history.fields, 'status');
    assert.deepEqual(history.owners(), { 'update:a': ['.text'] });
    sent(history, [{}], history.fields, 'status');
    assert.deepEqual(history.owners(), { 'update:a': ['.text'] });
  });

  it('puts what clients send in order, and drops what nobody knows', () => {
    const history = new History().update('a', { text: 'x' });
    const fieldsV1 = {
      'f:text': {},
      'x:new': {},
      'f:list': { 'k:{ "name" : "b" }': { 'f:value': {}, '.': {} }, 'k:{"name":"a"}': {}, 'k:{bad': {}, 'i:x': {} },
      'f:ports': { 'k:{"protocol":"TCP","port":80}': {} },
    };
    sent(history, [entry('b', fieldsV1)]);
    assert.equal(
      JSON.stringify(history.live?.metadata.managedFields?.[0]?.fieldsV1),
      '{"f:list":{"k:{\\"name\\":\\"a\\"}":{},"k:{\\"name\\":\\"b\\"}":{".":{},"f:value":{}}},"f:ports":{"k:{\\"port\\":80,\\"protocol\\":\\"TCP\\"}":{}},"f:text":{}}',
    );
  });

  it('keeps ten managers by update, and merges the oldest', () => {
    const history = new History();
    for (let n = 0; n < 14; n++)
      history.patchOrCreate(`m${n}`, { map: { ...(history.live?.map as object), [`k${n}`]: '1' } });
    assert.deepEqual(names(history), ['ancient-changes', ...Array.from({ length: 9 }, (_, n) => `m${n + 5}`)]);
    assert.deepEqual(history.owners()['update:ancient-changes'], [
      '.map',
      '.map.k0',
      '.map.k1',
      '.map.k2',
      '.map.k3',
      '.map.k4',
    ]);
    assert.equal(history.times()['ancient-changes'], 5);
  });

  it('merges the oldest of one version only, and never appliers', () => {
    const history = new History();
    for (let n = 0; n < 6; n++)
      history.patchOrCreate(`one${n}`, { map: { ...(history.live?.map as object), [`a${n}`]: '1' } });
    for (let n = 0; n < 6; n++) {
      history.patch(`two${n}`, { map: { ...(history.live?.map as object), [`b${n}`]: '1' } }, { version: 'v2' });
    }
    for (let n = 0; n < 12; n++) history.apply(`applier${n}`, { map: { [`c${n}`]: '1' } });
    const entries = history.live?.metadata.managedFields ?? [];
    assert.equal(entries.filter(({ operation }) => operation === 'Apply').length, 12);
    assert.equal(entries.filter(({ operation }) => operation === 'Update').length, 10);
    assert.deepEqual(history.owners()['update:ancient-changes'], ['.map', '.map.a0', '.map.a1', '.map.a2']);
  });

  it('lets the status path own the status and not the spec, and the main path the reverse', () => {
    const history = new History().update('a', { spec: { replicas: 1 }, status: { ready: true } });
    assert.deepEqual(history.owners(), { 'update:a': ['.spec.replicas'] });
    history.update('k', { spec: { replicas: 2 }, status: { ready: false } }, { subresource: 'status' });
    assert.deepEqual(history.owners(), { 'update:a': ['.spec.replicas'], 'update:k/status': ['.status.ready'] });
  });

  it('every leaf has an owner, whatever managers do', () => {
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return (seed >> 8) % n;
    };
    const some = (): Fields => ({
      ...(random(2) ? { text: `t${random(3)}` } : {}),
      ...(random(2) ? { map: { [`k${random(3)}`]: `v${random(3)}` } } : {}),
      ...(random(2) ? { set: [`s${random(3)}`, 't'] } : {}),
      ...(random(2)
        ? {
            list: [
              { name: `n${random(3)}`, value: `v${random(2)}` },
              { name: 'z', set: [`s${random(3)}`] },
            ],
          }
        : {}),
      ...(random(2) ? { struct: { inner: { [random(2) ? 'a' : 'b']: `v${random(2)}` } } } : {}),
    });
    for (let round = 0; round < 200; round++) {
      const history = new History();
      for (let step = 0; step < 8; step++) {
        if (random(2)) history.apply(`a${random(3)}`, some(), { force: true });
        else history.patchOrCreate(`u${random(3)}`, some());
      }
      const owned = new Set(Object.values(history.owners()).flat());
      for (const leaf of leaves(history.fields, ''))
        assert.ok(owned.has(leaf), `${leaf} of ${JSON.stringify(history.fields)}`);
    }
  });

  it('reads entries only, so that deep or odd ones cost nothing and break nothing', () => {
    const history = new History();
    history.live = newThing({ text: 'x' });
    const deep = JSON.parse(`${'{"f:a":'.repeat(400)}{}${'}'.repeat(400)}`);
    Object.assign(history.live.metadata, {
      managedFields: [entry('d', deep), entry('p', JSON.parse('{"__proto__":{"f:a":{}},"f:text":{}}'))],
    });
    history.patch('u', { text: 'y' });
    assert.deepEqual(
      names(history).sort(),
      ['d', 'p', 'u'].filter((name) => names(history).includes(name)),
    );
    assert.deepEqual(history.owners()['update:u'], ['.text']);
  });
});

function leaves(value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) =>
      typeof item === 'string'
        ? [`${path}[="${item}"]`]
        : leaves(item, `${path}[name="${(item as { name: string }).name}"]`),
    );
  }
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}
