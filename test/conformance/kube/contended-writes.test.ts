/** Writes that others come in between: what is tried again is what the client sent, not what the first try made of it. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, TestCluster } from '../../lib/kube.ts';
import { type AdmissionRequest, Webhooks } from './support/webhooks.ts';

const services = '/api/v1/namespaces/default/services';
const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const { api } = forAllTests(await TestCluster.start());
const webhooks = forAllTests(await Webhooks.start(api));

afterEach(() => webhooks.clear());

/** Has `other` write while the first write of a resource is in admission. */
async function cutIn(group: string, resource: string, operation: string, other: () => Promise<unknown>) {
  const asked: AdmissionRequest[] = [];
  webhooks.server.behaviour = async (_request, body) => {
    const { request } = JSON.parse(body) as { request: AdmissionRequest };
    if (asked.push(request) === 1) await other();
    return {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: request.uid, allowed: true },
    };
  };
  await webhooks.register('Validating', [
    { apiGroups: [group], apiVersions: ['v1'], operations: [operation], resources: [resource] },
  ]);
  return asked;
}

describe('a write that is tried again', () => {
  const ports = [{ name: 'web', port: 81 }];
  for (const [type, patch] of [
    ['merge', { spec: { ports } }],
    ['json', [{ op: 'replace', path: '/spec/ports', value: ports }]],
  ] as const) {
    it(`as a ${type} patch does not ask for the node port that the first try was given`, async () => {
      await api.create(services, { metadata: { name: type }, spec: { type: 'NodePort', ports: [{ port: 80 }] } });
      const asked = await cutIn('', 'services', 'UPDATE', () =>
        api.patch(`${services}/${type}`, 'merge', { spec: { type: 'ClusterIP', ports: [{ port: 80 }] } }),
      );
      const patched = await api.patch(`${services}/${type}`, type, patch);
      assert.equal(asked.length, 3, 'the first try, the one that came in between, and the second try');
      assert.deepEqual(at(patched, 'spec.ports'), [{ name: 'web', protocol: 'TCP', port: 81, targetPort: 81 }]);
    });
  }

  it('as an update of what somebody else has just created is an update', async () => {
    await cutIn('coordination.k8s.io', 'leases', 'CREATE', () =>
      api.create(leases, { metadata: { name: 'lease' }, spec: { holderIdentity: 'other' } }),
    );
    const answer = await api.call('PUT', `${leases}/lease`, {
      body: { metadata: { name: 'lease' }, spec: { holderIdentity: 'me' } },
    });
    // A lease is not updated without its version.
    assert.equal(answer.code, 422, answer.text);
    assert.match(answer.text, /metadata\.resourceVersion/);
  });
});
