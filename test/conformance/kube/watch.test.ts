/** Watches: from where they start, what they say, and how they end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { KubeFailure, refused, TestCluster } from '../../lib/kube.ts';
import type { SeenEvent } from '../../lib/kube-watch.ts';

const test = forAllTests(await TestCluster.start());
const { api } = test;
let count = 0;

/** The path of config maps in a namespace of their own. */
async function fresh(): Promise<string> {
  return `${await test.namespace(`watch-${++count}`)}/configmaps`;
}

function configMap(name: string, labels?: Record<string, string>) {
  return { metadata: { name, ...(labels && { labels }) }, data: { a: '1' } };
}

async function revisionOf(path: string): Promise<string> {
  return (await api.get(path)).metadata.resourceVersion ?? '';
}

function initialEventsEnd({ type, object }: SeenEvent): boolean {
  return type === 'BOOKMARK' && object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
}

describe('a watch from a revision', () => {
  it('says ADDED, MODIFIED and DELETED in the order of the changes', async () => {
    const path = await fresh();
    const start = await revisionOf(path);
    await api.create(path, configMap('a'));
    await api.patch(`${path}/a`, 'merge', { data: { a: '2' } });
    await api.delete(`${path}/a`);
    using watch = await api.watch(`${path}?resourceVersion=${start}`);
    assert.deepEqual(await watch.names(3), ['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('tells changes that come after it was opened', async () => {
    const path = await fresh();
    using watch = await api.watch(`${path}?resourceVersion=${await revisionOf(path)}`);
    await api.create(path, configMap('later'));
    assert.deepEqual(await watch.names(1), ['ADDED later']);
  });

  it('starts after the revision, not with it', async () => {
    const path = await fresh();
    const first = await api.create(path, configMap('first'));
    await api.create(path, configMap('second'));
    using watch = await api.watch(`${path}?resourceVersion=${first.metadata.resourceVersion}`);
    assert.deepEqual(await watch.names(1), ['ADDED second']);
  });

  it('gives DELETED the revision of the deletion and the last state of the object', async () => {
    const path = await fresh();
    const made = await api.create(path, configMap('gone'));
    using watch = await api.watch(`${path}?resourceVersion=${made.metadata.resourceVersion}`);
    await api.delete(`${path}/gone`);
    const { type, object } = await watch.next();
    assert.equal(type, 'DELETED');
    assert.deepEqual(object.data, { a: '1' });
    assert.ok(Number(object.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
  });

  it('gives events growing revisions', async () => {
    const path = await fresh();
    using watch = await api.watch(`${path}?resourceVersion=${await revisionOf(path)}`);
    for (const name of ['a', 'b', 'c']) await api.create(path, configMap(name));
    const revisions = [await watch.next(), await watch.next(), await watch.next()].map(({ object }) =>
      Number(object.metadata.resourceVersion),
    );
    assert.deepEqual(
      revisions,
      revisions.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(revisions).size, 3);
  });

  it('stays silent about other namespaces', async () => {
    const [mine, other] = [await fresh(), await fresh()];
    using watch = await api.watch(`${mine}?resourceVersion=${await revisionOf(mine)}`);
    await api.create(other, configMap('foreign'));
    await api.create(mine, configMap('mine'));
    assert.deepEqual(await watch.names(1), ['ADDED mine']);
  });

  it('sees all namespaces on the path without one', async () => {
    const [mine, other] = [await fresh(), await fresh()];
    using watch = await api.watch(`/api/v1/configmaps?resourceVersion=${await revisionOf(mine)}`);
    await api.create(other, configMap('x'));
    await api.create(mine, configMap('y'));
    assert.deepEqual(await watch.names(2), ['ADDED x', 'ADDED y']);
  });

  it('can be asked for on the old path below /watch/', async () => {
    const path = await fresh();
    const start = await revisionOf(path);
    const old = path.replace('/api/v1/', '/api/v1/watch/');
    using watch = await api.watch(`${old}?resourceVersion=${start}`);
    await api.create(path, configMap('old'));
    assert.deepEqual(await watch.names(1), ['ADDED old']);
  });
});

describe('a watch without a revision or from "0"', () => {
  it('first says ADDED for what is there', async () => {
    const path = await fresh();
    await api.create(path, configMap('a'));
    await api.create(path, configMap('b'));
    for (const query of ['', '?resourceVersion=0']) {
      using watch = await api.watch(`${path}${query}`);
      assert.deepEqual((await watch.names(2)).sort(), ['ADDED a', 'ADDED b']);
    }
  });
});

describe('a watch with a selector', () => {
  it('says ADDED when an object begins to match and DELETED when it ceases to', async () => {
    const path = await fresh();
    const start = await revisionOf(path);
    using watch = await api.watch(`${path}?labelSelector=on%3Dyes&resourceVersion=${start}`);
    await api.create(path, configMap('a'));
    await api.patch(`${path}/a`, 'merge', { metadata: { labels: { on: 'yes' } } });
    await api.patch(`${path}/a`, 'merge', { data: { a: '2' } });
    await api.patch(`${path}/a`, 'merge', { metadata: { labels: { on: 'no' } } });
    await api.delete(`${path}/a`);
    await api.create(path, configMap('end', { on: 'yes' }));
    assert.deepEqual(await watch.names(4), ['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED end']);
  });

  it('says DELETED with the revision of the change that made it leave', async () => {
    const path = await fresh();
    const made = await api.create(path, configMap('a', { on: 'yes' }));
    using watch = await api.watch(`${path}?labelSelector=on&resourceVersion=${made.metadata.resourceVersion}`);
    const left = await api.patch(`${path}/a`, 'merge', { metadata: { labels: null } });
    const { type, object } = await watch.next();
    assert.equal(type, 'DELETED');
    assert.equal(object.metadata.resourceVersion, left.metadata.resourceVersion);
  });

  it('follows one object by metadata.name', async () => {
    const path = await fresh();
    using watch = await api.watch(
      `${path}?fieldSelector=metadata.name%3Dmine&resourceVersion=${await revisionOf(path)}`,
    );
    await api.create(path, configMap('other'));
    await api.create(path, configMap('mine'));
    assert.deepEqual(await watch.names(1), ['ADDED mine']);
  });

  it('follows pods by the node they are on', async () => {
    const path = (await fresh()).replace('configmaps', 'pods');
    const start = await revisionOf(path);
    using watch = await api.watch(`${path}?fieldSelector=spec.nodeName%3Dn1&resourceVersion=${start}`);
    await api.create(path, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    await api.create(`${path}/p/binding`, { target: { kind: 'Node', name: 'n1' } });
    assert.deepEqual(await watch.names(1), ['ADDED p']);
  });

  it('is refused for a field that cannot be selected by', async () => {
    const path = await fresh();
    await refused(api.watch(`${path}?fieldSelector=data.a%3D1`), 400, 'BadRequest');
  });

  it('is refused for a label selector that is none', async () => {
    const path = await fresh();
    await refused(api.watch(`${path}?labelSelector=a%20in%20b`), 400, 'BadRequest');
  });
});

describe('sendInitialEvents', () => {
  const wanted = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

  it('sends what is there, then a bookmark that says so, then changes', async () => {
    const path = await fresh();
    await api.create(path, configMap('a'));
    using watch = await api.watch(`${path}?${wanted}`);
    assert.deepEqual(await watch.names(1), ['ADDED a']);
    assert.ok(initialEventsEnd(await watch.next()));
    await api.create(path, configMap('b'));
    assert.deepEqual(await watch.names(1), ['ADDED b']);
  });

  it('sends the bookmark of an empty collection too, with a revision and the kind', async () => {
    const path = await fresh();
    using watch = await api.watch(`${path}?${wanted}`);
    const bookmark = await watch.next();
    assert.ok(initialEventsEnd(bookmark));
    assert.equal(bookmark.object.kind, 'ConfigMap');
    assert.match(bookmark.object.metadata.resourceVersion ?? '', /^[1-9]\d*$/);
  });

  it('leaves the initial events out when false, though the revision is "0"', async () => {
    const path = await fresh();
    await api.create(path, configMap('old'));
    using watch = await api.watch(
      `${path}?sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0`,
    );
    await api.create(path, configMap('new'));
    assert.deepEqual(await watch.names(1), ['ADDED new']);
  });

  it('is refused without resourceVersionMatch', async () => {
    const status = await refused(api.watch(`${await fresh()}?sendInitialEvents=true`), 422, 'Invalid');
    assert.match(status.message ?? '', /resourceVersionMatch/);
  });

  it('is refused with resourceVersionMatch=Exact', async () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1';
    await refused(api.watch(`${await fresh()}?${query}`), 422, 'Invalid');
  });

  it('is refused in a list', async () => {
    await refused(api.get(`${await fresh()}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`), 422, 'Invalid');
  });

  it('without it, resourceVersionMatch of a watch is refused', async () => {
    await refused(api.watch(`${await fresh()}?resourceVersionMatch=NotOlderThan&resourceVersion=1`), 422, 'Invalid');
  });

  it('honours selectors', async () => {
    const path = await fresh();
    await api.create(path, configMap('in', { on: 'yes' }));
    await api.create(path, configMap('out'));
    using watch = await api.watch(`${path}?${wanted}&labelSelector=on`);
    assert.deepEqual(await watch.names(1), ['ADDED in']);
    assert.ok(initialEventsEnd(await watch.next()));
  });
});

describe('revisions that cannot be watched', () => {
  it('a revision that is compacted ends the watch with an ERROR event of 410, or is answered with it', async () => {
    const path = await fresh();
    const start = await revisionOf(path);
    await test.forgetHistory();
    const outcome = await api.watch(`${path}?resourceVersion=${start}`).catch((error: KubeFailure) => error);
    if (outcome instanceof KubeFailure) {
      assert.equal(outcome.code, 410);
      assert.equal(outcome.status.reason, 'Expired');
      return;
    }
    using watch = outcome;
    const { type, object } = await watch.next<KubeObject & { code: number; reason: string }>();
    assert.deepEqual([type, object.code, object.reason], ['ERROR', 410, 'Expired']);
    await watch.ended;
  });

  it('something that is no number is 400', async () => {
    await refused(api.watch(`${await fresh()}?resourceVersion=abc`), 400, 'BadRequest');
  });

  it('a negative number is 400', async () => {
    await refused(api.watch(`${await fresh()}?resourceVersion=-1`), 400, 'BadRequest');
  });

  it('a future revision is waited for: what comes before it is not told', async () => {
    const path = await fresh();
    const future = Number(await revisionOf(path)) + 2;
    using watch = await api.watch(`${path}?resourceVersion=${future}`);
    for (const name of ['a', 'b', 'c']) await api.create(path, configMap(name));
    assert.deepEqual(await watch.names(1), ['ADDED c']);
  });
});

describe('the end of a watch', () => {
  it('comes after timeoutSeconds, and is no error', async () => {
    using watch = await api.watch(`${await fresh()}?timeoutSeconds=1`);
    await watch.ended;
    assert.deepEqual(watch.events, []);
    assert.equal(watch.response.complete, true);
  });

  it('brings a last bookmark to those who want bookmarks', async () => {
    const path = await fresh();
    using watch = await api.watch(
      `${path}?timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=${await revisionOf(path)}`,
    );
    await watch.ended;
    assert.equal(watch.events.at(-1)?.type, 'BOOKMARK');
  });

  it('a bookmark is a revision to go on from, though nothing of the collection changed', async () => {
    const [quiet, busy] = [await fresh(), await fresh()];
    const start = await revisionOf(quiet);
    using watch = await api.watch(`${quiet}?timeoutSeconds=1&allowWatchBookmarks=true&resourceVersion=${start}`);
    const made = await api.create(busy, configMap('x'));
    await watch.ended;
    const bookmark = watch.events.at(-1)?.object as KubeObject;
    assert.ok(Number(bookmark.metadata.resourceVersion) >= Number(made.metadata.resourceVersion));
  });

  it('a timeout that is no number is 400', async () => {
    await refused(api.watch(`${await fresh()}?timeoutSeconds=soon`), 400);
  });
});

describe('views of a watch', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const partial = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io';

  it('a Table per event, columns in the first alone', async () => {
    const path = await fresh();
    await api.create(path, configMap('a'));
    using watch = await api.watch(path, { accept: table });
    await api.create(path, configMap('b'));
    const [first, second] = [await watch.next(), await watch.next()];
    assert.equal(first.object.kind, 'Table');
    const names = (first.object.columnDefinitions as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, ['Name', 'Data', 'Age']);
    assert.equal((first.object.rows as { cells: unknown[] }[])[0]?.cells[0], 'a');
    assert.equal((second.object.columnDefinitions as unknown[] | null)?.length ?? 0, 0);
  });

  it('metadata alone', async () => {
    const path = await fresh();
    await api.create(path, configMap('a'));
    using watch = await api.watch(path, { accept: partial });
    const { object } = await watch.next();
    assert.equal(object.kind, 'PartialObjectMetadata');
    assert.equal(object.apiVersion, 'meta.k8s.io/v1');
    assert.equal(object.metadata.name, 'a');
    assert.equal('data' in object, false);
  });

  it('the bookmark of initial events is a Table in a Table watch', async () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    using watch = await api.watch(`${await fresh()}?${query}`, { accept: table });
    const { type, object } = await watch.next();
    assert.equal(type, 'BOOKMARK');
    assert.equal(object.kind, 'Table');
    const row = (object.rows as { object: KubeObject }[])[0];
    assert.equal(row?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true');
  });
});

describe('many watchers', () => {
  it('a thousand watchers of one collection all see every change in order', async () => {
    const path = await fresh();
    const start = await revisionOf(path);
    const watches = await Promise.all(
      Array.from({ length: 1000 }, () => api.watch(`${path}?resourceVersion=${start}`)),
    );
    try {
      for (const name of ['a', 'b', 'c']) await api.create(path, configMap(name));
      for (const watch of watches) assert.deepEqual(await watch.names(3), ['ADDED a', 'ADDED b', 'ADDED c']);
    } finally {
      for (const watch of watches) watch[Symbol.dispose]();
    }
  });
});
