/** Who may ask for devices that others use, who may give devices, and who may report of them. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { refused, TestCluster } from '../../lib/kube.ts';
import { it } from './support/scenario.ts';

const RESOURCE = '/apis/resource.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const DEVICE = { driver: 'gpu.example.com', pool: 'n1', device: 'gpu-0' };
const ALLOCATION = {
  devices: { results: [{ request: 'gpu', ...DEVICE }] },
  nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }] },
};
// Nobody can switch these rules off: upstream has them in the kinds' own.
const test = forAllTests(
  await TestCluster.start({
    server: { disableAdmissionPlugins: ['DeviceAdminAccess', 'ResourceClaimRights'] },
  }),
);
const { api } = test;

function claim(name: string, adminAccess = false): object {
  const exactly = { deviceClassName: 'gpu', ...(adminAccess ? { adminAccess } : {}) };
  return { metadata: { name }, spec: { devices: { requests: [{ name: 'gpu', exactly }] } } };
}

describe('devices that others use', () => {
  it('are for claims of labelled namespaces alone', async () => {
    const [plain, special] = ['claims-plain', 'claims-special'];
    await test.namespace(plain);
    await test.namespace(special, { 'resource.kubernetes.io/admin-access': 'true' });
    const label = 'admin access to devices requires the `resource.kubernetes.io/admin-access: true` label';
    for (const [plural, body] of [
      ['resourceclaims', claim('a', true)],
      ['resourceclaimtemplates', { metadata: { name: 'a' }, spec: claim('a', true) }],
    ] as const) {
      const status = await refused(api.create(`${RESOURCE}/namespaces/${plain}/${plural}`, body), 422, 'Invalid');
      assert.match(
        status.message ?? '',
        new RegExp(`spec\\.devices\\.requests\\[0\\]\\.adminAccess: Forbidden: ${label}`),
      );
      await api.create(`${RESOURCE}/namespaces/${special}/${plural}`, body);
    }
    await api.create(`${RESOURCE}/namespaces/${plain}/resourceclaims`, claim('b'));
  });
});

describe('the status of a claim', () => {
  const path = `${RESOURCE}/namespaces/default/resourceclaims/c`;
  /** Writes a status as somebody who may update any claim's, and has the further rules. */
  async function write(user: string, rules: readonly object[], status: object, extra: Record<string, string> = {}) {
    const all = [{ apiGroups: ['resource.k8s.io'], resources: ['resourceclaims/status'], verbs: ['patch'] }, ...rules];
    const name = user.replaceAll(':', '-');
    await api.create(`${RBAC}/clusterroles`, { metadata: { name }, rules: all });
    await api.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
    });
    const headers = { 'content-type': 'application/merge-patch+json', 'impersonate-user': user, ...extra };
    return api.call('PATCH', `${path}/status`, { body: { status }, headers });
  }

  const rule = (subresource: string, ...verbs: string[]) => ({
    apiGroups: ['resource.k8s.io'],
    resources: [`resourceclaims/${subresource}`],
    verbs,
  });

  it('is given by who may bind', async () => {
    await api.create(`${RESOURCE}/namespaces/default/resourceclaims`, claim('c'));
    const answer = await write('writer', [], { allocation: ALLOCATION });
    assert.equal(answer.code, 422);
    assert.match(
      answer.text,
      /status: Forbidden: changing status\.allocation or status\.reservedFor requires resource=\\"resourceclaims\/binding\\", verb=\\"patch\\" permission: /,
    );
    assert.equal((await write('binder', [rule('binding', 'patch')], { allocation: ALLOCATION })).code, 200);
  });

  it('is reported by who may speak for the driver', async () => {
    const news = (interfaceName: string) => ({ devices: [{ ...DEVICE, networkData: { interfaceName } }] });
    const answer = await write('reporter', [rule('binding', 'patch')], news('eth0'));
    assert.equal(answer.code, 422);
    assert.match(answer.text, /status\.devices: Forbidden: changing status\.devices requires/);
    const other = { ...rule('driver', 'arbitrary-node:patch'), resourceNames: ['other.example.com'] };
    assert.equal((await write('other', [other], news('eth0'))).code, 422);
    const own = { ...rule('driver', 'arbitrary-node:patch'), resourceNames: [DEVICE.driver] };
    assert.equal((await write('driver', [own], news('eth0'))).code, 200);
    const { status } = await api.get<KubeObject & { status?: { devices?: unknown[] } }>(path);
    assert.equal(status?.devices?.length, 1);
  });

  it('is reported by agents of the node where the devices are', async () => {
    const here = [rule('driver', 'associated-node:patch')];
    const news = (interfaceName: string) => ({ devices: [{ ...DEVICE, networkData: { interfaceName } }] });
    const at = (node: string) => ({ 'impersonate-extra-authentication.kubernetes.io%2fnode-name': node });
    const account = (name: string) => `system:serviceaccount:default:${name}`;
    assert.equal((await write(account('there'), here, news('eth1'), at('n2'))).code, 422);
    assert.equal((await write(account('here'), here, news('eth1'), at('n1'))).code, 200);
  });
});
