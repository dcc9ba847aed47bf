/** Managed fields of what mutating admission adds: nobody owns it, on create as on update. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { it } from './support/scenario.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const group = '/apis/admissionregistration.k8s.io/v1';
const { api } = forAllTests(await TestCluster.start());

before(async () => {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] };
  const expression = '[JSONPatch{op: "add", path: "/data/added", value: object.data.sent + "!"}]';
  await api.create(`${group}/mutatingadmissionpolicies`, {
    metadata: { name: 'adds' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [{ name: 'sent', expression: 'has(object.data) && has(object.data.sent)' }],
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
    },
  });
  await api.create(`${group}/mutatingadmissionpolicybindings`, {
    metadata: { name: 'adds' },
    spec: { policyName: 'adds' },
  });
  await eventually('the policy is heeded', async () => {
    const made = await api.create(`${maps}?dryRun=All`, { metadata: { name: 'x' }, data: { sent: 'a' } });
    return at(made, 'data.added') === 'a!';
  });
});

/** Which keys of the data each manager owns. */
function owned({ metadata }: KubeObject): Record<string, string[]> {
  const entries = (metadata.managedFields ?? []) as { manager: string; fieldsV1: Record<string, object> }[];
  return Object.fromEntries(
    entries.map(({ manager, fieldsV1 }) => [
      manager,
      Object.keys((fieldsV1['f:data'] ?? {}) as object)
        .filter((key) => key !== '.')
        .sort(),
    ]),
  );
}

describe('what mutating admission adds', () => {
  it('on create belongs to nobody', async () => {
    const made = await api.create(`${maps}?fieldManager=a`, { metadata: { name: 'made' }, data: { sent: 'a' } });
    assert.deepEqual(made.data, { sent: 'a', added: 'a!' });
    assert.deepEqual(owned(made), { a: ['f:sent'] });
  });

  it('on update belongs to nobody', async () => {
    await api.create(`${maps}?fieldManager=a`, { metadata: { name: 'updated' }, data: { other: 'x' } });
    const updated = await api.update(`${maps}/updated?fieldManager=b`, {
      metadata: { name: 'updated' },
      data: { other: 'x', sent: 'b' },
    });
    assert.deepEqual(updated.data, { other: 'x', sent: 'b', added: 'b!' });
    assert.deepEqual(owned(updated), { a: ['f:other'], b: ['f:sent'] });
  });

  it('in answer to a patch belongs to nobody, and a patch that changes nothing writes nothing', async () => {
    await api.create(`${maps}?fieldManager=a`, { metadata: { name: 'patched' }, data: { other: 'x' } });
    const patch = () => api.patch(`${maps}/patched?fieldManager=b`, 'merge', { data: { sent: 'c' } });
    const patched = await patch();
    assert.deepEqual(patched.data, { other: 'x', sent: 'c', added: 'c!' });
    assert.deepEqual(owned(patched), { a: ['f:other'], b: ['f:sent'] });
    assert.equal((await patch()).metadata.resourceVersion, patched.metadata.resourceVersion);
  });

  it('to what is applied belongs to nobody', async () => {
    const configuration = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { sent: 'd' } };
    await api.apply(`${maps}/applied`, 'c', configuration);
    const again = await api.apply(`${maps}/applied`, 'c', { ...configuration, data: { sent: 'e' } });
    assert.deepEqual(again.data, { sent: 'e', added: 'e!' });
    assert.deepEqual(owned(again), { c: ['f:sent'] });
  });
});
