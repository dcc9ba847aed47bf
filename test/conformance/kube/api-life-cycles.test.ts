/** Every resource that discovery names goes through its whole life: a kind that is served but cannot be used is found here. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { type KubeApi, refused, TestCluster } from '../../lib/kube.ts';
import { MINIMAL, NOT_SERVED } from './support/minimal-objects.ts';

interface Discovered {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface Served extends Discovered {
  readonly groupVersion: string;
  /** `deployments.apps/v1`. */
  readonly title: string;
  readonly path: string;
}

const NAMESPACE = 'life';
const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const test = forAllTests(await TestCluster.start());
const { api } = test;
const served = await discover(api);

before(async () => {
  await test.namespace(NAMESPACE);
});

async function discover(from: KubeApi): Promise<Served[]> {
  const { groups } = await from.get<{ groups: { versions: { groupVersion: string }[] }[] }>('/apis');
  const versions = ['v1', ...groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion))];
  const lists = await Promise.all(versions.map((version) => resourcesOf(from, version)));
  return lists.flat().filter(({ name }) => !name.includes('/'));
}

async function resourcesOf(from: KubeApi, groupVersion: string): Promise<Served[]> {
  const root = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
  const { resources } = await from.get<{ resources: Discovered[] }>(root);
  return resources.map((resource) => ({
    ...resource,
    groupVersion,
    title: `${resource.name} of ${groupVersion}`,
    path: `${root}/${resource.namespaced ? `namespaces/${NAMESPACE}/` : ''}${resource.name}`,
  }));
}

function minimal({ name, groupVersion }: Served, named: string): KubeObject {
  const make = MINIMAL.get(`${name}.${groupVersion}`) ?? MINIMAL.get(name);
  assert.ok(make, `support/minimal-objects.ts has no object of ${name}`);
  const { metadata, ...rest } = make(named) as Partial<KubeObject>;
  return {
    metadata: { name: named, labels: { life: named.replaceAll(/[^a-z]/g, '') }, ...metadata },
    ...rest,
  } as KubeObject;
}

/** The name that a new object gets: some kinds dictate theirs. */
function nameOf(resource: Served, wanted: string): string {
  return minimal(resource, wanted).metadata.name ?? wanted;
}

for (const resource of served.filter(({ verbs }) => verbs.includes('create') && verbs.includes('get'))) {
  describe(resource.title, () => {
    const { path, kind, groupVersion } = resource;
    const name = nameOf(resource, 'one');
    const other = nameOf(resource, 'two');

    it('has all verbs of a stored resource', () => {
      const missing = VERBS.filter(
        (verb) => !resource.verbs.includes(verb) && !NOT_SERVED.has(`${resource.name} ${verb}`),
      );
      assert.deepEqual(missing, []);
    });

    it('is created, read, changed, listed, watched and deleted', async () => {
      const list = await api.get(`${path}?limit=1`);
      assert.equal(list.kind, `${kind}List`);
      using watch = await api.watch(
        `${path}?resourceVersion=${list.metadata.resourceVersion}&fieldSelector=metadata.name%3D${encodeURIComponent(name)}`,
      );
      const made = await api.create(path, minimal(resource, 'one'));
      assert.deepEqual([made.apiVersion, made.kind, made.metadata.name], [groupVersion, kind, name]);
      assert.match(made.metadata.uid ?? '', /^[0-9a-f-]{36}$/);
      assert.match(made.metadata.creationTimestamp ?? '', /Z$/);
      assert.equal((await api.get(`${path}/${name}`)).metadata.uid, made.metadata.uid);
      const patched = await api.patch(`${path}/${name}`, 'merge', { metadata: { annotations: { by: 'merge' } } });
      assert.equal(patched.metadata.annotations?.by, 'merge');
      const current = await api.get(`${path}/${name}`);
      const updated = await api.update(`${path}/${name}`, {
        ...current,
        metadata: { ...current.metadata, annotations: { by: 'update' } },
      });
      assert.notEqual(updated.metadata.resourceVersion, patched.metadata.resourceVersion);
      await refused(api.update(`${path}/${name}`, patched), 409, 'Conflict');
      const listed = await api.get<{ items: KubeObject[] }>(`${path}?labelSelector=life%3Done`);
      assert.deepEqual(
        listed.items.map(({ metadata }) => metadata.uid),
        [made.metadata.uid],
      );
      await api.delete(`${path}/${name}?gracePeriodSeconds=0`);
      assert.deepEqual(await watch.names(2), [`ADDED ${name}`, `MODIFIED ${name}`]);
      await removeFinalizers(`${path}/${name}`);
      const { object } = await watch.until(({ type }) => type === 'DELETED');
      assert.equal(object.metadata.uid, made.metadata.uid);
      await refused(api.get(`${path}/${name}`), 404, 'NotFound');
    });

    it('is refused a second time under its name', async () => {
      await api.create(path, minimal(resource, 'two'));
      const status = await refused(api.create(path, minimal(resource, 'two')), 409, 'AlreadyExists');
      assert.match(status.message ?? '', new RegExp(`^${resource.name}.* "${other}" already exists$`));
    });

    it('is shown as a Table with its name first', async () => {
      const answer = await api.call('GET', `${path}/${other}`, {
        headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      });
      const table = answer.json<{
        kind: string;
        rows: { cells: unknown[] }[];
        columnDefinitions: { name: string }[];
      }>();
      assert.equal(table.kind, 'Table');
      assert.equal(table.rows[0]?.cells.length, table.columnDefinitions.length);
    });

    it('is patched by server-side apply', async () => {
      const body = { apiVersion: groupVersion, kind, metadata: { name: other, labels: { applied: 'yes' } } };
      const applied = await api.apply(`${path}/${other}`, 'tester', body, 'force=true');
      assert.equal(applied.metadata.labels?.applied, 'yes');
      assert.ok(applied.metadata.managedFields?.some(({ manager }) => manager === 'tester'));
    });

    it('is deleted by a selector', async () => {
      if (!resource.verbs.includes('deletecollection')) return;
      const list = await api.delete(`${path}?labelSelector=life%3Dtwo&gracePeriodSeconds=0`);
      assert.equal(list.kind, `${kind}List`);
      await removeFinalizers(`${path}/${other}`);
      await refused(api.get(`${path}/${other}`), 404, 'NotFound');
    });

    it('is not found where it is not', async () => {
      for (const method of ['GET', 'DELETE']) {
        assert.equal((await api.call(method, `${path}/absent`)).code, 404, method);
      }
    });
  });
}

/** Without controllers nobody takes away what holds some kinds back (namespaces, volumes). */
async function removeFinalizers(path: string): Promise<void> {
  const { code } = await api.call('GET', path);
  if (code === 404) return;
  const held = await api.get(path);
  if (held.kind === 'Namespace') await api.update(`${path}/finalize`, { ...held, spec: { finalizers: [] } });
  else await api.patch(path, 'merge', { metadata: { finalizers: null } });
}
