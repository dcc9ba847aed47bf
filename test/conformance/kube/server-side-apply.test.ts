/** Server-side apply: who owns which field, and what follows from it. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { it } from './support/scenario.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const { api } = forAllTests(await TestCluster.start());
let count = 0;

function fresh(): string {
  return `a-${++count}`;
}

function applyMap(name: string, manager: string, data: Record<string, string>, query = ''): Promise<KubeObject> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
  return api.apply(`${maps}/${name}`, manager, body, query);
}

function applyService(name: string, manager: string, spec: object, query = ''): Promise<KubeObject> {
  return api.apply(
    `${services}/${name}`,
    manager,
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec },
    query,
  );
}

function deployment(name: string, spec: object, containers: object[] = [{ name: 'c', image: 'i' }]) {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { selector: { matchLabels: labels }, template, ...spec },
  };
}

function managers(object: KubeObject): string[] {
  return (object.metadata.managedFields ?? []).map(({ manager, operation, subresource }) =>
    [manager, operation, subresource].filter((part) => part !== undefined && part !== '').join(' '),
  );
}

function fieldsOf(object: KubeObject, manager: string): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}

describe('server-side apply', () => {
  it('creates what is not there with 201, and changes with 200', async () => {
    const name = fresh();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1' } };
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const path = `${maps}/${name}?fieldManager=m`;
    assert.equal((await api.call('PATCH', path, { body, headers })).code, 201);
    assert.equal((await api.call('PATCH', path, { body, headers })).code, 200);
  });

  it('takes YAML', async () => {
    const name = fresh();
    const made = await api.apply(
      `${maps}/${name}`,
      'm',
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  a: "1"\n`,
    );
    assert.deepEqual(made.data, { a: '1' });
  });

  it('wants a field manager', async () => {
    const name = fresh();
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
    const status = await refused(api.patch(`${maps}/${name}`, 'apply', body), 422, 'Invalid');
    assert.match(status.message ?? '', /fieldManager.*required/i);
  });

  it('wants the name of the path', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' } };
    await refused(api.apply(`${maps}/${fresh()}`, 'm', body), 400);
  });

  it('wants managedFields to be empty', async () => {
    const name = fresh();
    const made = await applyMap(name, 'm', { a: '1' });
    const status = await refused(api.apply(`${maps}/${name}`, 'm', made), 400);
    assert.match(status.message ?? '', /metadata.managedFields must be nil/);
  });

  it('notes what it set under its manager', async () => {
    const made = await applyMap(fresh(), 'm', { a: '1' });
    assert.deepEqual(managers(made), ['m Apply']);
    assert.deepEqual(fieldsOf(made, 'm'), { 'f:data': { 'f:a': {} } });
  });

  it('that changes nothing leaves the resourceVersion', async () => {
    const name = fresh();
    const first = await applyMap(name, 'm', { a: '1' });
    const second = await applyMap(name, 'm', { a: '1' });
    assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  });

  it('with a resourceVersion that is old is 409', async () => {
    const name = fresh();
    const { metadata } = await applyMap(name, 'm', { a: '1' });
    await applyMap(name, 'm', { a: '2' });
    const body = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, resourceVersion: metadata.resourceVersion },
      data: { a: '3' },
    };
    await refused(api.apply(`${maps}/${name}`, 'm', body), 409, 'Conflict');
  });

  it('with dryRun=All shows the result and stores nothing', async () => {
    const name = fresh();
    const shown = await applyMap(name, 'm', { a: '1' }, 'dryRun=All');
    assert.deepEqual(shown.data, { a: '1' });
    await refused(api.get(`${maps}/${name}`), 404);
  });
});

describe('conflicts of managers', () => {
  it('are 409 with a cause for each field, which names the other manager', async () => {
    const name = fresh();
    await applyMap(name, 'one', { a: '1', b: '1' });
    const status = await refused(applyMap(name, 'two', { a: '2', b: '2' }), 409, 'Conflict');
    assert.match(status.message ?? '', /Apply failed with 2 conflicts: conflicts with "one"/);
    assert.deepEqual(
      status.details?.causes?.map(({ reason, field }) => [reason, field]),
      [
        ['FieldManagerConflict', '.data.a'],
        ['FieldManagerConflict', '.data.b'],
      ],
    );
    assert.match(status.details?.causes?.[0]?.message ?? '', /conflict with "one"/);
  });

  it('are over with force, which takes the field away from the other', async () => {
    const name = fresh();
    await applyMap(name, 'one', { a: '1', b: '1' });
    const forced = await applyMap(name, 'two', { a: '2' }, 'force=true');
    assert.deepEqual(forced.data, { a: '2', b: '1' });
    assert.deepEqual(fieldsOf(forced, 'one'), { 'f:data': { 'f:b': {} } });
  });

  it('do not arise from the same value: both own it', async () => {
    const name = fresh();
    await applyMap(name, 'one', { a: '1' });
    const shared = await applyMap(name, 'two', { a: '1' });
    assert.deepEqual(managers(shared), ['one Apply', 'two Apply']);
  });

  it('arise with those who update, and name the operation', async () => {
    const name = fresh();
    await api.create(`${maps}?fieldManager=editor`, { metadata: { name }, data: { a: '1' } });
    const status = await refused(applyMap(name, 'two', { a: '2' }), 409);
    assert.match(status.details?.causes?.[0]?.message ?? '', /conflict with "editor" (using|with subresource)/);
  });

  it('never hinder updates: who updates takes the field', async () => {
    const name = fresh();
    await applyMap(name, 'one', { a: '1' });
    const patched = await api.patch(`${maps}/${name}?fieldManager=editor`, 'merge', { data: { a: '2' } });
    assert.deepEqual(managers(patched), ['editor Update']);
  });

  it('with force on another patch than apply is refused', async () => {
    const name = fresh();
    await applyMap(name, 'one', { a: '1' });
    await refused(api.patch(`${maps}/${name}?force=true`, 'merge', { data: { a: '2' } }), 422, 'Invalid');
  });
});

describe('fields that are no longer applied', () => {
  it('go, when nobody else owns them', async () => {
    const name = fresh();
    await applyMap(name, 'm', { a: '1', b: '2' });
    assert.deepEqual((await applyMap(name, 'm', { a: '1' })).data, { a: '1' });
  });

  it('stay, when somebody else owns them too', async () => {
    const name = fresh();
    await applyMap(name, 'one', { a: '1', b: '2' });
    await applyMap(name, 'two', { b: '2' });
    const left = await applyMap(name, 'one', { a: '1' });
    assert.deepEqual(left.data, { a: '1', b: '2' });
    assert.deepEqual(fieldsOf(left, 'one'), { 'f:data': { 'f:a': {} } });
  });

  it('leave what others wrote into the same map', async () => {
    const name = fresh();
    await applyMap(name, 'm', { a: '1' });
    await api.patch(`${maps}/${name}`, 'merge', { data: { other: 'x' } });
    assert.deepEqual((await applyMap(name, 'm', {})).data, { other: 'x' });
  });

  it('come back to their defaults', async () => {
    const name = fresh();
    await api.apply(`${deployments}/${name}`, 'm', deployment(name, { replicas: 3 }));
    const left = await api.apply(`${deployments}/${name}`, 'm', deployment(name, {}));
    assert.equal(at(left, 'spec.replicas'), 1);
  });
});

describe('list maps', () => {
  it('are merged by key: each manager has items of its own', async () => {
    const name = fresh();
    await api.apply(`${deployments}/${name}`, 'one', deployment(name, {}));
    const both = await api.apply(`${deployments}/${name}`, 'two', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { template: { spec: { containers: [{ name: 'sidecar', image: 's' }] } } },
    });
    const containers = at(both, 'spec.template.spec.containers') as { name: string }[];
    assert.deepEqual(
      containers.map((container) => container.name),
      ['c', 'sidecar'],
    );
  });

  it('lose the item that its only manager leaves out', async () => {
    const name = fresh();
    const two = [
      { name: 'c', image: 'i' },
      { name: 'd', image: 'i' },
    ];
    await api.apply(`${deployments}/${name}`, 'm', deployment(name, {}, two));
    const left = await api.apply(`${deployments}/${name}`, 'm', deployment(name, {}));
    assert.equal((at(left, 'spec.template.spec.containers') as unknown[]).length, 1);
  });

  it('with defaulted keys: a port without protocol is the one with TCP', async () => {
    const name = fresh();
    await applyService(name, 'm', { ports: [{ port: 80, name: 'a' }] });
    const again = await applyService(name, 'm', { ports: [{ port: 80, name: 'a', protocol: 'TCP' }] });
    assert.equal((at(again, 'spec.ports') as unknown[]).length, 1);
    assert.ok(at(fieldsOf(again, 'm'), 'f:spec.f:ports.k:{"port":80,"protocol":"TCP"}'));
  });

  it('tell apart items that differ in one of several keys', async () => {
    const name = fresh();
    const ports = [
      { name: 't', port: 53, protocol: 'TCP' },
      { name: 'u', port: 53, protocol: 'UDP' },
    ];
    const made = await applyService(name, 'm', { ports });
    assert.equal((at(made, 'spec.ports') as unknown[]).length, 2);
  });

  it('with one key twice are refused', async () => {
    const name = fresh();
    const body = deployment(name, {}, [
      { name: 'c', image: 'i' },
      { name: 'c', image: 'j' },
    ]);
    const status = await refused(api.apply(`${deployments}/${name}`, 'm', body), 500);
    assert.match(status.message ?? '', /duplicate/);
  });
});

describe('sets and atomic lists', () => {
  it('finalizers are a set: each manager adds its own', async () => {
    const name = fresh();
    const body = (finalizer: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, finalizers: [finalizer] },
    });
    await api.apply(`${maps}/${name}`, 'one', body('example.org/a'));
    const both = await api.apply(`${maps}/${name}`, 'two', body('example.org/b'));
    assert.deepEqual(both.metadata.finalizers, ['example.org/a', 'example.org/b']);
    assert.deepEqual(fieldsOf(both, 'two'), { 'f:metadata': { 'f:finalizers': { 'v:"example.org/b"': {} } } });
  });

  it('a command is atomic: another one is a conflict of the whole', async () => {
    const name = fresh();
    await api.apply(
      `${deployments}/${name}`,
      'one',
      deployment(name, {}, [{ name: 'c', image: 'i', command: ['a', 'b'] }]),
    );
    const body = deployment(name, {}, [{ name: 'c', image: 'i', command: ['a'] }]);
    const status = await refused(api.apply(`${deployments}/${name}`, 'two', body), 409);
    assert.match(status.details?.causes?.[0]?.field ?? '', /containers\[name="c"\]\.command$/);
  });

  it('a label selector is atomic', async () => {
    const name = fresh();
    const made = await applyService(name, 'm', { ports: [{ port: 1 }], selector: { a: 'b' } });
    assert.deepEqual(at(fieldsOf(made, 'm'), 'f:spec.f:selector'), {});
  });
});

describe('the status subresource', () => {
  it('has managers of its own', async () => {
    const name = fresh();
    await api.apply(`${deployments}/${name}`, 'm', deployment(name, {}));
    const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, status: { replicas: 1 } };
    const applied = await api.apply(`${deployments}/${name}/status`, 'm', body);
    assert.deepEqual(managers(applied).sort(), ['m Apply', 'm Apply status']);
    assert.equal(at(applied, 'status.replicas'), 1);
  });

  it('does not take the spec, nor its ownership', async () => {
    const name = fresh();
    await api.apply(`${deployments}/${name}`, 'm', deployment(name, { replicas: 1 }));
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { replicas: 9 },
      status: { replicas: 1 },
    };
    const applied = await api.apply(`${deployments}/${name}/status`, 's', body);
    assert.equal(at(applied, 'spec.replicas'), 1);
    assert.equal(at(fieldsOf(applied, 's'), 'f:spec'), undefined);
  });

  it('is not written by the main path', async () => {
    const name = fresh();
    const made = await api.apply(`${deployments}/${name}`, 'm', { ...deployment(name, {}), status: { replicas: 7 } });
    assert.equal(at(made, 'status.replicas'), undefined);
    assert.equal(at(fieldsOf(made, 'm'), 'f:status'), undefined);
  });
});

describe('managedFields', () => {
  it('are kept on every write, with the name of the program where none is given', async () => {
    const name = fresh();
    await api.create(maps, { metadata: { name }, data: { a: '1' } }, { 'user-agent': 'creator/v1 (linux)' });
    const patched = await api.call('PATCH', `${maps}/${name}`, {
      body: { data: { b: '2' } },
      headers: { 'content-type': 'application/merge-patch+json', 'user-agent': 'patcher/v2' },
    });
    assert.deepEqual(managers(patched.json()), ['creator Update', 'patcher Update']);
  });

  it('move with the field to who changed it last', async () => {
    const name = fresh();
    await api.create(`${maps}?fieldManager=one`, { metadata: { name }, data: { a: '1', b: '1' } });
    const patched = await api.patch(`${maps}/${name}?fieldManager=two`, 'merge', { data: { a: '2' } });
    assert.equal(at(fieldsOf(patched, 'one'), 'f:data.f:a'), undefined);
    assert.deepEqual(at(fieldsOf(patched, 'two'), 'f:data.f:a'), {});
  });

  it('are cleared by an empty entry', async () => {
    const name = fresh();
    await applyMap(name, 'm', { a: '1' });
    const cleared = await api.patch(`${maps}/${name}`, 'merge', { metadata: { managedFields: [{}] } });
    assert.equal(cleared.metadata.managedFields, undefined);
  });

  it('are kept when an update leaves them out', async () => {
    const name = fresh();
    const made = await applyMap(name, 'm', { a: '1' });
    const { managedFields: _left, ...metadata } = made.metadata;
    const updated = await api.update(`${maps}/${name}`, { ...made, metadata });
    assert.ok(managers(updated).includes('m Apply'));
  });

  it('carry version, time and type', async () => {
    const [entry] = (await applyMap(fresh(), 'm', { a: '1' })).metadata.managedFields ?? [];
    assert.equal(entry?.apiVersion, 'v1');
    assert.equal(entry?.fieldsType, 'FieldsV1');
    assert.match(entry?.time ?? '', /Z$/);
  });

  it('go over from client-side apply: fields of the update manager can be taken by the migration of csa', async () => {
    const name = fresh();
    const last = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: '1', b: '2' } });
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': last };
    await api.create(`${maps}?fieldManager=kubectl-client-side-apply`, {
      metadata: { name, annotations },
      data: { a: '1', b: '2' },
    });
    const applied = await applyMap(name, 'kubectl', { a: '1' }, 'force=true');
    assert.ok(managers(applied).includes('kubectl Apply'));
  });

  it('with a manager name that is too long is refused', async () => {
    await refused(applyMap(fresh(), 'm'.repeat(129), { a: '1' }), 422, 'Invalid');
  });
});
