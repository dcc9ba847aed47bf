/** Writes: dry runs, generated names, preconditions, the options of deletes, finalizers and what garbage collection makes of them. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { it } from './support/scenario.ts';

const test = forAllTests(await TestCluster.start({ controllers: true }));
const { api } = test;
let maps: string;
let pods: string;
let count = 0;

before(async () => {
  const path = await test.namespace('writing');
  maps = `${path}/configmaps`;
  pods = `${path}/pods`;
  await test.defaultServiceAccount(path);
});

async function map(metadata: object = {}): Promise<KubeObject & { path: string }> {
  const made = await api.create(maps, { metadata: { name: `w-${++count}`, ...metadata }, data: { a: '1' } });
  return { ...made, path: `${maps}/${made.metadata.name}` };
}

async function gone(path: string): Promise<void> {
  await eventually(`${path} is gone`, async () => (await api.call('GET', path)).code === 404);
}

function ownedBy(owner: KubeObject, extra: object = {}) {
  const { apiVersion, kind, metadata } = owner;
  return { ownerReferences: [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, ...extra }] };
}

const pod = () => ({ metadata: { name: `w-${++count}` }, spec: { containers: [{ name: 'c', image: 'i' }] } });

describe('dryRun=All', () => {
  it('of a create answers the whole object and stores nothing', async () => {
    const made = await api.create(`${maps}?dryRun=All`, { metadata: { name: 'dry' } });
    assert.ok(made.metadata.uid);
    assert.equal(made.metadata.resourceVersion, undefined);
    await refused(api.get(`${maps}/dry`), 404);
  });

  it('of an update, a patch and a delete change nothing', async () => {
    const { path: at_, ...made } = await map();
    const updated = await api.update(`${at_}?dryRun=All`, { ...made, data: { a: '2' } });
    assert.deepEqual(updated.data, { a: '2' });
    await api.patch(`${at_}?dryRun=All`, 'merge', { data: { a: '3' } });
    await api.delete(`${at_}?dryRun=All`);
    await api.delete(at_, { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] });
    assert.deepEqual(await api.get(at_), made);
  });

  it('is invisible to watchers', async () => {
    const { metadata } = await api.get(maps);
    using watch = await api.watch(`${maps}?resourceVersion=${metadata.resourceVersion}`);
    await api.create(`${maps}?dryRun=All`, { metadata: { name: 'unseen' } });
    const { metadata: seen } = await map();
    assert.deepEqual(await watch.names(1), [`ADDED ${seen.name}`]);
  });

  it('of a collection deletes nothing', async () => {
    const { path } = await map({ labels: { dry: 'run' } });
    await api.delete(`${maps}?dryRun=All&labelSelector=dry`);
    await api.get(path);
  });

  it('validates and says what would happen', async () => {
    await refused(api.create(`${maps}?dryRun=All`, { metadata: { name: 'UPPER' } }), 422, 'Invalid');
    const { metadata } = await map();
    await refused(api.create(`${maps}?dryRun=All`, { metadata: { name: metadata.name } }), 409, 'AlreadyExists');
  });

  it('of another value is 422', async () => {
    await refused(api.create(`${maps}?dryRun=Some`, { metadata: { name: 'x' } }), 422, 'Invalid');
  });
});

describe('generateName', () => {
  it('makes a name of the prefix and five characters', async () => {
    const made = await api.create(maps, { metadata: { generateName: 'gen-' } });
    assert.match(made.metadata.name ?? '', /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.equal(made.metadata.generateName, 'gen-');
  });

  it('makes another name each time', async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, () => api.create(maps, { metadata: { generateName: 'many-' } })),
    );
    assert.equal(new Set(made.map(({ metadata }) => metadata.name)).size, 50);
  });

  it('gives way to a name', async () => {
    const made = await api.create(maps, { metadata: { name: 'named', generateName: 'gen-' } });
    assert.equal(made.metadata.name, 'named');
  });

  it('that is long is cut to fit', async () => {
    const made = await api.create(maps, { metadata: { generateName: 'a'.repeat(100) } });
    assert.ok((made.metadata.name ?? '').length <= 253);
  });

  it('neither name nor prefix is 422', async () => {
    const status = await refused(api.create(maps, { metadata: {} }), 422, 'Invalid');
    assert.match(status.message ?? '', /name or generateName is required/);
  });
});

describe('preconditions', () => {
  it('a delete with another uid is 409', async () => {
    const { path } = await map();
    await refused(api.delete(path, { preconditions: { uid: 'other' } }), 409, 'Conflict');
    await api.get(path);
  });

  it('a delete with an old resourceVersion is 409', async () => {
    const { path, metadata } = await map();
    await api.patch(path, 'merge', { data: { a: '2' } });
    await refused(api.delete(path, { preconditions: { resourceVersion: metadata.resourceVersion } }), 409, 'Conflict');
  });

  it('a delete with the right uid and resourceVersion goes through', async () => {
    const { path, metadata } = await map();
    const { uid, resourceVersion } = metadata;
    await api.delete(path, { preconditions: { uid, resourceVersion } });
    await refused(api.get(path), 404);
  });

  it('an update with another uid is 409', async () => {
    const { path, ...made } = await map();
    const status = await refused(
      api.update(path, { ...made, metadata: { ...made.metadata, uid: 'other' } }),
      409,
      'Conflict',
    );
    assert.match(status.message ?? '', /Precondition failed: UID in precondition: other/);
  });

  it('an update under another name than that of the path is 400', async () => {
    const { path, ...made } = await map();
    await refused(api.update(path, { ...made, metadata: { ...made.metadata, name: 'other' } }), 400, 'BadRequest');
  });

  it('an update of what is not there is 404', async () => {
    await refused(api.update(`${maps}/absent`, { metadata: { name: 'absent', resourceVersion: '1' } }), 404);
  });

  it('a create with a resourceVersion is refused', async () => {
    await refused(api.create(maps, { metadata: { name: 'versioned', resourceVersion: '5' } }), 400);
  });
});

describe('a delete', () => {
  it('answers a Status with uid and kind', async () => {
    const { path, metadata } = await map();
    const status = await api.delete<{ status: string; details: object }>(path);
    assert.equal(status.status, 'Success');
    assert.deepEqual(status.details, { name: metadata.name, kind: 'configmaps', uid: metadata.uid });
  });

  it('of a pod with grace marks it, and it stays until its node says so', async () => {
    const made = await api.create(pods, pod());
    const path = `${pods}/${made.metadata.name}`;
    await api.create(`${path}/binding`, { target: { kind: 'Node', name: 'n' } });
    const marked = await api.delete(`${path}?gracePeriodSeconds=60`);
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 60);
    assert.ok(marked.metadata.deletionTimestamp);
    const shorter = await api.delete(path, { gracePeriodSeconds: 5 });
    assert.equal(shorter.metadata.deletionGracePeriodSeconds, 5);
    const longer = await api.delete(path, { gracePeriodSeconds: 50 });
    assert.equal(longer.metadata.deletionGracePeriodSeconds, 5);
    await api.delete(path, { gracePeriodSeconds: 0 });
    await refused(api.get(path), 404);
  });

  it('of a pod without a node is at once', async () => {
    const made = await api.create(pods, pod());
    await api.delete(`${pods}/${made.metadata.name}`);
    await refused(api.get(`${pods}/${made.metadata.name}`), 404);
  });

  it('of an object with finalizers marks it; it goes with the last of them', async () => {
    const { path } = await map({ finalizers: ['example.org/a', 'example.org/b'] });
    await api.delete(path);
    const held = await api.get(path);
    assert.ok(held.metadata.deletionTimestamp);
    await api.patch(path, 'merge', { metadata: { finalizers: ['example.org/b'] } });
    await api.get(path);
    await api.patch(path, 'merge', { metadata: { finalizers: null } });
    await refused(api.get(path), 404);
  });

  it('lets no finalizer be added afterwards', async () => {
    const { path } = await map({ finalizers: ['example.org/a'] });
    await api.delete(path);
    await refused(
      api.patch(path, 'merge', { metadata: { finalizers: ['example.org/a', 'example.org/b'] } }),
      422,
      'Invalid',
    );
    await api.patch(path, 'merge', { metadata: { finalizers: null } });
  });

  it('keeps the time of deletion when repeated', async () => {
    const { path } = await map({ finalizers: ['example.org/a'] });
    await api.delete(path);
    const { deletionTimestamp } = (await api.get(path)).metadata;
    await api.delete(path);
    assert.equal((await api.get(path)).metadata.deletionTimestamp, deletionTimestamp);
    await api.patch(path, 'merge', { metadata: { finalizers: null } });
  });

  it('with propagationPolicy and orphanDependents at once is 422', async () => {
    const { path } = await map();
    await refused(api.delete(path, { propagationPolicy: 'Orphan', orphanDependents: true }), 422, 'Invalid');
  });

  it('with an unknown propagationPolicy is 422', async () => {
    const { path } = await map();
    await refused(api.delete(`${path}?propagationPolicy=Sideways`), 422, 'Invalid');
  });

  it('with a body that is no DeleteOptions is 400', async () => {
    const { path } = await map();
    for (const body of ['[]', '"x"', { kind: 'Pod' }, { gracePeriodSeconds: 'soon' }])
      await refused(api.delete(path, body), 400);
  });
});

describe('garbage collection', () => {
  it('takes dependents along in the background', async () => {
    const owner = await map();
    const dependent = await map(ownedBy(owner));
    await api.delete(`${owner.path}?propagationPolicy=Background`);
    await gone(dependent.path);
  });

  it('in the foreground takes the dependents first', async () => {
    const owner = await map();
    const dependent = await map({ ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: ['example.org/wait'] });
    await api.delete(`${owner.path}?propagationPolicy=Foreground`);
    await eventually(
      'the dependent is marked',
      async () => (await api.get(dependent.path)).metadata.deletionTimestamp !== undefined,
    );
    assert.deepEqual((await api.get(owner.path)).metadata.finalizers, ['foregroundDeletion']);
    await api.patch(dependent.path, 'merge', { metadata: { finalizers: null } });
    await gone(owner.path);
  });

  it('leaves dependents when they are to be orphans, without their reference', async () => {
    const owner = await map();
    const dependent = await map(ownedBy(owner));
    await api.delete(`${owner.path}?propagationPolicy=Orphan`);
    await gone(owner.path);
    assert.equal((await api.get(dependent.path)).metadata.ownerReferences, undefined);
  });

  it('keeps what has another owner that lives', async () => {
    const [one, two] = [await map(), await map()];
    const owners = [...ownedBy(one).ownerReferences, ...ownedBy(two).ownerReferences];
    const dependent = await map({ ownerReferences: owners });
    await api.delete(one.path);
    await eventually(
      'the dead owner is struck off',
      async () => (await api.get(dependent.path)).metadata.ownerReferences?.length === 1,
    );
    await api.delete(two.path);
    await gone(dependent.path);
  });

  it('takes what names an owner that never was', async () => {
    const ghost = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ghost', uid: 'f0000000-0000-4000-8000-000000000000' },
    };
    const dependent = await map(ownedBy(ghost as KubeObject));
    await gone(dependent.path);
  });
});

describe('namespaces', () => {
  it('take all of their objects along, and refuse new ones while they end', async () => {
    const path = await test.namespace('ending');
    await api.create(`${path}/configmaps`, { metadata: { name: 'held', finalizers: ['example.org/x'] } });
    await api.create(`${path}/secrets`, { metadata: { name: 's' } });
    await api.delete(path);
    assert.equal(at(await api.get(path), 'status.phase'), 'Terminating');
    const status = await refused(api.create(`${path}/configmaps`, { metadata: { name: 'late' } }), 403, 'Forbidden');
    assert.equal(status.details?.causes?.[0]?.reason, 'NamespaceTerminating');
    await gone(`${path}/secrets/s`);
    await eventually(
      'the held one is marked',
      async () => (await api.get(`${path}/configmaps/held`)).metadata.deletionTimestamp !== undefined,
    );
    await api.patch(`${path}/configmaps/held`, 'merge', { metadata: { finalizers: null } });
    await gone(path);
  });

  it('that are not there refuse objects with 404', async () => {
    const status = await refused(
      api.create('/api/v1/namespaces/absent/configmaps', { metadata: { name: 'x' } }),
      404,
      'NotFound',
    );
    assert.match(status.message ?? '', /namespaces "absent" not found/);
  });

  it('default and kube-system cannot be deleted', async () => {
    for (const name of ['default', 'kube-system', 'kube-public'])
      await refused(api.delete(`/api/v1/namespaces/${name}`), 403);
  });

  it('carry their name as a label', async () => {
    assert.equal(
      (await api.get('/api/v1/namespaces/default')).metadata.labels?.['kubernetes.io/metadata.name'],
      'default',
    );
  });
});
