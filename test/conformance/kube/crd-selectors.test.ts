/** Selectors of a custom resource find what its version shows: fields and labels that a webhook converts, and defaults that came later. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { convertBy, DEFINITIONS, defineKind } from './support/custom-kinds.ts';
import { ExtensionServer } from './support/extension-server.ts';
import { it } from './support/scenario.ts';

const v1 = '/apis/example.org/v1/namespaces/default/doors';
const v2 = '/apis/example.org/v2/namespaces/default/doors';
const { api } = forAllTests(await TestCluster.start());
const extension = forAllTests(await ExtensionServer.start());
const text = { type: 'string' };

/** v1 calls it `color`, v2 `paint`, with another word for it, and has it as a label, too. */
function convert(object: KubeObject, to: string): KubeObject {
  const { color, paint = color?.toUpperCase() } = (object.spec ?? {}) as { color?: string; paint?: string };
  const { labels, ...metadata } = object.metadata;
  const { paint: _, ...others } = labels ?? {};
  if (to.endsWith('/v1')) {
    const spec = paint === undefined ? {} : { color: paint.toLowerCase() };
    return { ...object, apiVersion: to, metadata: { ...metadata, labels: others }, spec };
  }
  const spec: Record<string, string> = paint === undefined ? {} : { paint };
  return { ...object, apiVersion: to, metadata: { ...metadata, labels: { ...others, ...spec } }, spec };
}

before(async () => {
  const version = (name: string, field: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: {
      openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { [field]: text } } } },
    },
    selectableFields: [{ jsonPath: `.spec.${field}` }],
  });
  await defineKind(api, {
    names: { plural: 'doors', kind: 'Door' },
    versions: [version('v1', 'color', true), version('v2', 'paint', false)],
    conversion: convertBy(extension, convert),
  });
  for (const [name, color] of Object.entries({ a: 'red', b: 'blue', c: 'red', d: 'red', e: 'blue' })) {
    await api.create(v1, { metadata: { name, labels: { old: 'yes' } }, spec: { color } });
  }
});

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly KubeObject[];
}

async function list(path: string, query: string): Promise<List> {
  return api.get<List>(`${path}?${query}`);
}

function namesOf({ items }: List): (string | undefined)[] {
  return items.map(({ metadata }) => metadata.name);
}

const RED = 'fieldSelector=spec.paint=RED';

describe('a selector of a version that a webhook converts', () => {
  it('finds the fields that the version shows', async () => {
    const found = await list(v2, RED);
    assert.deepEqual(namesOf(found), ['a', 'c', 'd']);
    assert.deepEqual(found.items[0]?.spec, { paint: 'RED' });
    assert.deepEqual(namesOf(await list(v2, 'fieldSelector=spec.paint=red')), []);
    assert.deepEqual(namesOf(await list(v2, 'fieldSelector=spec.paint!=RED,metadata.name!=b')), ['e']);
    assert.deepEqual(namesOf(await list(v1, 'fieldSelector=spec.color=red')), ['a', 'c', 'd']);
  });

  it('finds the labels that the version shows', async () => {
    assert.deepEqual(namesOf(await list(v2, 'labelSelector=paint=BLUE,old=yes')), ['b', 'e']);
    assert.deepEqual(namesOf(await list(v1, 'labelSelector=paint=BLUE')), []);
  });

  it('goes on page by page, also at an exact revision', async () => {
    const first = await list(v2, `${RED}&limit=2`);
    assert.deepEqual(namesOf(first), ['a', 'c']);
    const rest = await list(v2, `${RED}&limit=2&continue=${first.metadata.continue}`);
    assert.deepEqual([namesOf(rest), rest.metadata.continue], [['d'], undefined]);
    const { resourceVersion } = first.metadata;
    await api.create(v1, { metadata: { name: 'aa' }, spec: { color: 'red' } });
    const exact = `${RED}&resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    assert.deepEqual(namesOf(await list(v2, exact)), ['a', 'c', 'd']);
    await api.delete(`${v1}/aa`);
  });

  it('watches objects that come and go by what the version shows', async () => {
    const { resourceVersion } = (await list(v2, RED)).metadata;
    using watch = await api.watch(`${v2}?${RED}&resourceVersion=${resourceVersion}`);
    const paint = (color: string, other = '') =>
      api.patch(`${v1}/b`, 'merge', { metadata: { annotations: { other } }, spec: { color } });
    await paint('green');
    await paint('red');
    await paint('red', 'x');
    await paint('green');
    await paint('red');
    await api.delete(`${v1}/b`);
    const seen: [string, unknown][] = [];
    for (let count = 0; count < 5; count++) {
      const { type, object } = await watch.next();
      seen.push([type, (object.spec as { paint?: string }).paint]);
    }
    assert.deepEqual(seen, [
      ['ADDED', 'RED'],
      ['MODIFIED', 'RED'],
      ['DELETED', 'RED'],
      ['ADDED', 'RED'],
      ['DELETED', 'RED'],
    ]);
  });

  it('begins a watch with what the version shows', async () => {
    using watch = await api.watch(`${v2}?${RED}`);
    const names = [(await watch.next()).object, (await watch.next()).object, (await watch.next()).object];
    assert.deepEqual(names.map(({ metadata }) => metadata.name).sort(), ['a', 'c', 'd']);
  });

  it('deletes what it finds', async () => {
    await api.delete(`${v2}?${RED}`);
    assert.deepEqual(namesOf(await list(v1, '')), ['e']);
  });
});

describe('a selector of a field whose default came later', () => {
  it('finds the default', async () => {
    const path = '/apis/example.org/v1/namespaces/default/gates';
    const schema = (field: object) => ({
      openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { color: field } } } },
    });
    const version = { name: 'v1', served: true, storage: true, selectableFields: [{ jsonPath: '.spec.color' }] };
    const names = { plural: 'gates', kind: 'Gate' };
    await defineKind(api, { names, versions: [{ ...version, schema: schema(text) }] });
    await api.create(path, { metadata: { name: 'g' }, spec: {} });
    const versions = [{ ...version, schema: schema({ ...text, default: 'grey' }) }];
    await api.patch(`${DEFINITIONS}/gates.example.org`, 'merge', { spec: { versions } });
    await eventually('it is found', async () => namesOf(await list(path, 'fieldSelector=spec.color=grey'))[0] === 'g');
  });
});
