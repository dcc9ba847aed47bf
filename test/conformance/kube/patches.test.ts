/** JSON patch, merge patch and strategic merge patch on real objects. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { it } from './support/scenario.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const { api } = forAllTests(await TestCluster.start());
let count = 0;

/** The path of a new config map with `data` {a: 1, b: 2}. */
async function map(): Promise<string> {
  const name = `p-${++count}`;
  await api.create(maps, { metadata: { name, labels: { x: 'y' } }, data: { a: '1', b: '2' } });
  return `${maps}/${name}`;
}

async function deployment(podSpec: object = {}): Promise<string> {
  const name = `p-${++count}`;
  const labels = { app: name };
  const containers = [
    { name: 'one', image: 'i:1', env: [{ name: 'A', value: '1' }] },
    { name: 'two', image: 'i:2' },
  ];
  await api.create(deployments, {
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers, ...podSpec } } },
  });
  return `${deployments}/${name}`;
}

function template(spec: object): object {
  return { spec: { template: { spec } } };
}

function containersOf(object: KubeObject): { name: string; image: string; env?: unknown }[] {
  return at(object, 'spec.template.spec.containers') as { name: string; image: string }[];
}

describe('a JSON patch', () => {
  it('adds, replaces, removes, moves, copies and tests', async () => {
    const patched = await api.patch(await map(), 'json', [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'add', path: '/data/c', value: '3' },
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'copy', from: '/data/c', path: '/data/d' },
      { op: 'move', from: '/data/b', path: '/data/e' },
      { op: 'remove', path: '/data/c' },
    ]);
    assert.deepEqual(patched.data, { a: '9', d: '3', e: '2' });
  });

  it('whose test fails is 422 and changes nothing', async () => {
    const path = await map();
    const body = [
      { op: 'replace', path: '/data/a', value: '9' },
      { op: 'test', path: '/data/b', value: 'x' },
    ];
    await refused(api.patch(path, 'json', body), 422, 'Invalid');
    assert.deepEqual((await api.get(path)).data, { a: '1', b: '2' });
  });

  it('knows ~1 and ~0 in its pointers', async () => {
    const patched = await api.patch(await map(), 'json', [
      { op: 'add', path: '/metadata/labels/example.org~1a', value: 'b' },
    ]);
    assert.equal(patched.metadata.labels?.['example.org/a'], 'b');
  });

  it('that removes what is not there is 422', async () => {
    await refused(api.patch(await map(), 'json', [{ op: 'remove', path: '/data/zzz' }]), 422);
  });

  it('appends to lists with "-" and inserts at an index', async () => {
    const patched = await api.patch(await deployment(), 'json', [
      { op: 'add', path: '/spec/template/spec/containers/-', value: { name: 'last', image: 'i' } },
      { op: 'add', path: '/spec/template/spec/containers/0', value: { name: 'first', image: 'i' } },
    ]);
    assert.deepEqual(
      containersOf(patched).map(({ name }) => name),
      ['first', 'one', 'two', 'last'],
    );
  });

  it('that is no list is 400', async () => {
    await refused(api.patch(await map(), 'json', { op: 'remove' }), 400);
  });

  it('with an unknown operation is refused', async () => {
    const answer = await api.call('PATCH', await map(), {
      body: [{ op: 'explode', path: '/data' }],
      headers: { 'content-type': 'application/json-patch+json' },
    });
    assert.ok(answer.code === 400 || answer.code === 422, String(answer.code));
  });

  it('that renames the object is 400', async () => {
    await refused(api.patch(await map(), 'json', [{ op: 'replace', path: '/metadata/name', value: 'other' }]), 400);
  });

  it('of more than 10,000 operations is 413', async () => {
    const body = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' }));
    await refused(api.patch(await map(), 'json', body), 413, 'RequestEntityTooLarge');
  });

  it('may test the resourceVersion', async () => {
    const path = await map();
    const body = [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }];
    await refused(api.patch(path, 'json', body), 422);
  });
});

describe('a merge patch', () => {
  it('sets fields, removes those that are null, and leaves others', async () => {
    const patched = await api.patch(await map(), 'merge', { data: { a: '9', b: null, c: '3' } });
    assert.deepEqual(patched.data, { a: '9', c: '3' });
  });

  it('replaces lists as a whole', async () => {
    const patched = await api.patch(
      await deployment(),
      'merge',
      template({ containers: [{ name: 'only', image: 'i' }] }),
    );
    assert.deepEqual(
      containersOf(patched).map(({ name }) => name),
      ['only'],
    );
  });

  it('that changes nothing leaves the resourceVersion', async () => {
    const path = await map();
    const before = await api.get(path);
    const patched = await api.patch(path, 'merge', { data: { a: '1' } });
    assert.equal(patched.metadata.resourceVersion, before.metadata.resourceVersion);
  });

  it('with an old resourceVersion is 409', async () => {
    const path = await map();
    const before = await api.get(path);
    await api.patch(path, 'merge', { data: { a: '3' } });
    const { resourceVersion } = before.metadata;
    await refused(api.patch(path, 'merge', { metadata: { resourceVersion }, data: { a: '4' } }), 409, 'Conflict');
  });

  it('with another uid is 422', async () => {
    await refused(api.patch(await map(), 'merge', { metadata: { uid: 'other' } }), 422, 'Invalid');
  });

  it('that is no object is 400', async () => {
    for (const body of ['[]', '"x"', '1']) await refused(api.patch(await map(), 'merge', body), 400);
  });

  it('of an object that is not there is 404', async () => {
    await refused(api.patch(`${maps}/absent`, 'merge', {}), 404, 'NotFound');
  });

  it('that makes the object invalid is 422', async () => {
    await refused(api.patch(await deployment(), 'merge', { spec: { replicas: -1 } }), 422, 'Invalid');
  });
});

describe('a strategic merge patch', () => {
  it('merges lists by their key', async () => {
    const patched = await api.patch(
      await deployment(),
      'strategic',
      template({ containers: [{ name: 'two', image: 'new' }] }),
    );
    assert.deepEqual(
      containersOf(patched).map(({ name, image }) => `${name} ${image}`),
      ['one i:1', 'two new'],
    );
  });

  it('adds items whose key is new', async () => {
    const patched = await api.patch(
      await deployment(),
      'strategic',
      template({ containers: [{ name: 'three', image: 'i' }] }),
    );
    assert.equal(containersOf(patched).length, 3);
  });

  it('deletes an item with $patch: delete', async () => {
    const body = template({ containers: [{ $patch: 'delete', name: 'one' }] });
    assert.deepEqual(
      containersOf(await api.patch(await deployment(), 'strategic', body)).map(({ name }) => name),
      ['two'],
    );
  });

  it('replaces a list with $patch: replace', async () => {
    const body = template({ containers: [{ name: 'new', image: 'i' }, { $patch: 'replace' }] });
    assert.deepEqual(
      containersOf(await api.patch(await deployment(), 'strategic', body)).map(({ name }) => name),
      ['new'],
    );
  });

  it('replaces a map with $patch: replace', async () => {
    const patched = await api.patch(await map(), 'strategic', { data: { $patch: 'replace', z: '26' } });
    assert.deepEqual(patched.data, { z: '26' });
  });

  it('orders a list by $setElementOrder', async () => {
    const body = template({ '$setElementOrder/containers': [{ name: 'two' }, { name: 'one' }], containers: [] });
    assert.deepEqual(
      containersOf(await api.patch(await deployment(), 'strategic', body)).map(({ name }) => name),
      ['two', 'one'],
    );
  });

  it('keeps only the keys of $retainKeys', async () => {
    const path = await deployment({ volumes: [{ name: 'v', emptyDir: {} }] });
    const volumes = [{ $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'm' } }];
    const patched = await api.patch(path, 'strategic', template({ volumes }));
    const [volume] = at(patched, 'spec.template.spec.volumes') as Record<string, unknown>[];
    assert.deepEqual(Object.keys(volume ?? {}).sort(), ['configMap', 'name']);
  });

  it('deletes values of a list of values with $deleteFromPrimitiveList', async () => {
    const path = await map();
    await api.patch(path, 'merge', { metadata: { finalizers: ['example.org/a', 'example.org/b'] } });
    const patched = await api.patch(path, 'strategic', {
      metadata: { '$deleteFromPrimitiveList/finalizers': ['example.org/a'] },
    });
    assert.deepEqual(patched.metadata.finalizers, ['example.org/b']);
    await api.patch(path, 'merge', { metadata: { finalizers: null } });
  });

  it('merges lists within items of lists', async () => {
    const body = template({ containers: [{ name: 'one', env: [{ name: 'B', value: '2' }] }] });
    const [one] = containersOf(await api.patch(await deployment(), 'strategic', body));
    assert.deepEqual(((one?.env ?? []) as { name: string }[]).map(({ name }) => name).sort(), ['A', 'B']);
  });

  it('replaces atomic lists', async () => {
    const path = await deployment();
    await api.patch(path, 'strategic', template({ containers: [{ name: 'one', args: ['a', 'b'] }] }));
    const patched = await api.patch(path, 'strategic', template({ containers: [{ name: 'one', args: ['c'] }] }));
    assert.deepEqual(at(containersOf(patched)[0], 'args'), ['c']);
  });

  it('without the merge key of an item is refused', async () => {
    const answer = await api.call('PATCH', await deployment(), {
      body: template({ containers: [{ image: 'x' }] }),
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    assert.ok(answer.code >= 400 && answer.code <= 500, String(answer.code));
    assert.match(answer.text, /merge key|does not contain/);
  });

  it('with an unknown $patch is refused', async () => {
    const answer = await api.call('PATCH', await map(), {
      body: { data: { $patch: 'explode' } },
      headers: { 'content-type': 'application/strategic-merge-patch+json' },
    });
    assert.ok(answer.code >= 400 && answer.code <= 500, String(answer.code));
  });
});

describe('the content type of a patch', () => {
  it('that is none of the four is 415', async () => {
    for (const type of ['application/json', 'text/plain', 'application/xml']) {
      const answer = await api.call('PATCH', await map(), { body: {}, headers: { 'content-type': type } });
      assert.equal(answer.code, 415);
      assert.match(answer.text, /application\/merge-patch\+json/);
    }
  });
});

describe('generation', () => {
  it('moves with the spec alone', async () => {
    const path = await deployment();
    const labelled = await api.patch(path, 'merge', { metadata: { labels: { a: 'b' } } });
    assert.equal(labelled.metadata.generation, 1);
    const scaled = await api.patch(path, 'merge', { spec: { replicas: 2 } });
    assert.equal(scaled.metadata.generation, 2);
    const status = await api.patch(`${path}/status`, 'merge', { status: { replicas: 1 } });
    assert.equal(status.metadata.generation, 2);
  });

  it('of a deployment moves with its annotations, which its replica sets get, too', async () => {
    const path = await deployment();
    const annotated = await api.patch(path, 'merge', { metadata: { annotations: { a: 'b' } } });
    assert.equal(annotated.metadata.generation, 2);
    const again = await api.patch(path, 'merge', { metadata: { annotations: { a: 'b' }, labels: { c: 'd' } } });
    assert.equal(again.metadata.generation, 2);
    const status = await api.patch(`${path}/status`, 'merge', { metadata: { annotations: { a: 'c' } } });
    assert.deepEqual([status.metadata.annotations?.a, status.metadata.generation], ['c', 2]);
  });

  it('of an endpoint slice moves with its labels', async () => {
    const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
    await api.create(slices, { metadata: { name: 'labelled' }, addressType: 'IPv4', endpoints: [] });
    const labelled = await api.patch(`${slices}/labelled`, 'merge', { metadata: { labels: { a: 'b' } } });
    assert.equal(labelled.metadata.generation, 2);
    const annotated = await api.patch(`${slices}/labelled`, 'merge', { metadata: { annotations: { a: 'b' } } });
    assert.equal(annotated.metadata.generation, 2);
  });

  it('of a priority class stays', async () => {
    const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
    await api.create(classes, { metadata: { name: 'calm' }, value: 1 });
    const described = await api.patch(`${classes}/calm`, 'merge', { description: 'For what can wait.' });
    assert.deepEqual([described.description, described.metadata.generation], ['For what can wait.', 1]);
  });

  it('is not the client’s to set', async () => {
    const patched = await api.patch(await deployment(), 'merge', { metadata: { generation: 77 } });
    assert.equal(patched.metadata.generation, 1);
  });
});

describe('writers at the same time', () => {
  it('all get through with patches that do not name a revision', async () => {
    const path = await map();
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => api.patch(path, 'merge', { data: { [key]: 'x' } })));
    const { data } = await api.get(path);
    for (const key of keys) assert.equal(at(data, key), 'x');
  });

  it('that name a revision: exactly one gets through', async () => {
    const path = await map();
    const current = await api.get(path);
    const codes = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const body = { ...current, data: { a: `w${index}` } };
        return (await api.call('PUT', path, { body })).code;
      }),
    );
    assert.deepEqual(codes.sort(), [200, ...Array(9).fill(409)]);
  });
});
