/** A CRD without conversion whose versions have different schemas: each version is defaulted, checked and pruned by its own. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { defineKind } from './support/custom-kinds.ts';
import { it } from './support/scenario.ts';

const v1 = '/apis/example.org/v1/namespaces/default/nests';
const v2 = '/apis/example.org/v2/namespaces/default/nests';
const { api } = forAllTests(await TestCluster.start());

before(async () => {
  const text = { type: 'string' };
  const schema = (fields: object, more: object = {}) => ({
    openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: fields, ...more } } },
  });
  const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const older = schema({ both: text, color: { ...text, default: 'blue' }, only1: text, deep: free });
  const newer = schema(
    { both: text, color: { ...text, default: 'red' }, only2: text, deep: { type: 'object', properties: { a: text } } },
    { required: ['both'], 'x-kubernetes-validations': [{ rule: "self.both != 'wrong'", message: 'is wrong' }] },
  );
  const versions = [
    { name: 'v1', served: true, storage: true, schema: older },
    { name: 'v2', served: true, storage: false, schema: newer },
  ];
  await defineKind(api, { names: { plural: 'nests', kind: 'Nest' }, versions });
});

const nest = (version: string, name: string, spec: object) => ({
  apiVersion: `example.org/${version}`,
  kind: 'Nest',
  metadata: { name },
  spec,
});

describe('a version of a custom resource that is not converted', () => {
  it('shows what its schema knows, in every way to read', async () => {
    const spec = { both: 'x', color: 'blue', only1: 'y', deep: { a: '1', b: '2' } };
    const shown = { both: 'x', color: 'blue', deep: { a: '1' } };
    using watch = await api.watch(v2);
    await api.create(v1, nest('v1', 'read', spec));
    assert.deepEqual((await api.get(`${v1}/read`)).spec, spec);
    assert.deepEqual((await api.get(`${v2}/read`)).spec, shown);
    const { items } = await api.get<{ items: KubeObject[] }>(v2);
    assert.deepEqual(items.find(({ metadata }) => metadata.name === 'read')?.spec, shown);
    assert.deepEqual((await watch.next()).object.spec, shown);
  });

  it('forgets in storage what the stored version does not know', async () => {
    const made = await api.create(v2, nest('v2', 'stored', { both: 'x', only2: 'y' }));
    assert.equal(made.apiVersion, 'example.org/v2');
    assert.deepEqual(made.spec, { both: 'x', color: 'red' });
    assert.deepEqual((await api.get(`${v1}/stored`)).spec, { both: 'x', color: 'red' });
  });

  it('forgets, when it writes, what only others know', async () => {
    await api.create(v1, nest('v1', 'written', { both: 'x', only1: 'y' }));
    await api.patch(`${v2}/written`, 'merge', { spec: { both: 'z' } });
    assert.deepEqual((await api.get(`${v1}/written`)).spec, { both: 'z', color: 'blue' });
  });

  it('has its own defaults', async () => {
    assert.equal(at(await api.create(v1, nest('v1', 'blue', { both: 'x' })), 'spec.color'), 'blue');
    assert.equal(at(await api.create(v2, nest('v2', 'red', { both: 'x' })), 'spec.color'), 'red');
    assert.equal(at(await api.get(`${v2}/blue`), 'spec.color'), 'blue');
    assert.equal(at(await api.get(`${v1}/red`), 'spec.color'), 'red');
  });

  it('is checked by its own schema and rules', async () => {
    await api.create(v1, nest('v1', 'free', { color: 'x' }));
    await api.create(v1, nest('v1', 'wrong', { both: 'wrong' }));
    const missing = await refused(api.create(v2, nest('v2', 'missing', {})), 422, 'Invalid');
    assert.match(missing.message ?? '', /spec\.both: Required value/);
    const wrong = await refused(api.create(v2, nest('v2', 'wrong2', { both: 'wrong' })), 422, 'Invalid');
    assert.match(wrong.message ?? '', /is wrong/);
    await refused(api.patch(`${v2}/free`, 'merge', { spec: { color: 'y' } }), 422, 'Invalid');
    assert.equal(at(await api.patch(`${v1}/free`, 'merge', { spec: { color: 'y' } }), 'spec.color'), 'y');
  });

  it('is applied by its own schema', async () => {
    await api.apply(`${v1}/applied`, 'a', nest('v1', 'applied', { both: 'x', only1: 'y' }));
    const applied = await api.apply(`${v2}/applied`, 'b', nest('v2', 'applied', { color: 'green' }));
    assert.deepEqual(applied.spec, { both: 'x', color: 'green' });
    assert.deepEqual((await api.get(`${v1}/applied`)).spec, { both: 'x', color: 'green' });
    await refused(api.apply(`${v2}/applied`, 'b', nest('v2', 'applied', { only1: 'y' })), 500);
  });

  it('tells a dry run what would be, in its own words', async () => {
    const made = await api.create(`${v2}?dryRun=All`, nest('v2', 'dry', { both: 'x' }));
    assert.deepEqual([made.apiVersion, at(made, 'spec.color')], ['example.org/v2', 'red']);
    await api.create(v1, { ...nest('v1', 'held', {}), metadata: { name: 'held', finalizers: ['example.org/hold'] } });
    const held = await api.delete(`${v2}/held?dryRun=All`);
    assert.equal(held.apiVersion, 'example.org/v2');
  });
});
