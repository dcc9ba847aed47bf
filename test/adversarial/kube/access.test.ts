/** Attempts to be somebody else, or to do what one may not. */
import assert from 'node:assert/strict';
import { mkdtempDisposableSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, type KubeApi, refused, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { allow, grant, RBAC, setScene, tokenOf } from './support/attack.ts';

const folder = forAllTests(mkdtempDisposableSync(join(tmpdir(), 'hako-access-'))).path;
const auditLog = join(folder, 'audit.log');
const test = forAllTests(await TestCluster.start({ server: { audit: { log: auditLog } } }));
const { api } = test;
const { mine, victim } = await setScene(test);

describe('escalation', () => {
  it('a role with rights that its author lacks is 403', async () => {
    // Not `*`: that is `bind` and `escalate` too.
    const verbs = ['get', 'create', 'update', 'patch'];
    await grant(api, 'author', [allow(['roles', 'rolebindings'], verbs, ['rbac.authorization.k8s.io'])]);
    using author = api.impersonating('author');
    const create = (rules: object[]) =>
      author.create(`${RBAC}/namespaces/mine/roles`, { metadata: { name: 'mighty' }, rules });
    const status = await refused(create([allow(['secrets'], ['get'])]), 403, 'Forbidden');
    assert.match(status.message ?? '', /attempting to grant RBAC permissions not currently held/);
    await refused(create([allow(['*'], ['*'], ['*'])]), 403);
  });

  it('nor can it be had by update, patch or apply', async () => {
    using author = api.impersonating('author');
    const path = `${RBAC}/namespaces/mine/roles/author`;
    const rules = [allow(['*'], ['*'], ['*'])];
    await refused(author.update(path, { ...(await author.get(path)), rules }), 403);
    await refused(author.patch(path, 'merge', { rules }), 403);
    await refused(author.patch(path, 'json', [{ op: 'replace', path: '/rules', value: rules }]), 403);
    const body = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'author' }, rules };
    await refused(author.apply(path, 'm', body, 'force=true'), 403);
  });

  it('a binding to a role with more rights is 403', async () => {
    await grant(api, 'rich', [allow(['secrets'], ['*'])]);
    using author = api.impersonating('author');
    for (const [kind, name] of [
      ['ClusterRole', 'cluster-admin'],
      ['Role', 'rich'],
    ]) {
      const binding = {
        metadata: { name: 'mighty' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
        subjects: [{ kind: 'User', name: 'author', apiGroup: 'rbac.authorization.k8s.io' }],
      };
      await refused(author.create(`${RBAC}/namespaces/mine/rolebindings`, binding), 403, 'Forbidden');
    }
  });

  it('who may "bind" a role can bind it, and no other', async () => {
    await grant(api, 'binder', [
      allow(['rolebindings'], ['create'], ['rbac.authorization.k8s.io']),
      {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['clusterroles'],
        verbs: ['bind'],
        resourceNames: ['view'],
      },
    ]);
    using binder = api.impersonating('binder');
    const bind = (name: string) =>
      binder.create(`${RBAC}/namespaces/mine/rolebindings`, {
        metadata: { name: `to-${name}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'User', name: 'x', apiGroup: 'rbac.authorization.k8s.io' }],
      });
    await bind('view');
    await refused(bind('cluster-admin'), 403);
  });

  it('who may "escalate" roles can write any', async () => {
    await grant(api, 'climber', [allow(['roles'], ['create', 'escalate'], ['rbac.authorization.k8s.io'])]);
    using climber = api.impersonating('climber');
    await climber.create(`${RBAC}/namespaces/mine/roles`, {
      metadata: { name: 'any' },
      rules: [allow(['*'], ['*'], ['*'])],
    });
  });

  it('the role of a binding cannot be changed', async () => {
    const path = `${RBAC}/namespaces/mine/rolebindings/author`;
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
    await refused(api.patch(path, 'merge', { roleRef }), 422, 'Invalid');
  });

  it('rights in one namespace are none over all', async () => {
    await grant(api, 'local', [allow(['configmaps'], ['*'])]);
    using local = api.impersonating('local');
    assert.equal((await local.call('GET', `${mine}/configmaps`)).code, 200);
    assert.equal((await local.call('GET', '/api/v1/configmaps')).code, 403);
    assert.equal((await local.call('DELETE', `${victim}/configmaps`)).code, 403);
  });
});

describe('verbs and subresources', () => {
  it('rights to a resource are none to its subresources', async () => {
    await grant(api, 'plain', [allow(['pods', 'serviceaccounts'], ['*']), allow(['deployments'], ['*'], ['apps'])]);
    using plain = api.impersonating('plain');
    await api.create(`${mine}/pods`, {
      metadata: { name: 'p' },
      spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] },
    });
    for (const path of ['pods/p/status', 'pods/p/log', 'pods/p/ephemeralcontainers', 'pods/p/exec?command=x']) {
      assert.equal((await plain.call('GET', `${mine}/${path}`)).code, 403, path);
    }
    for (const path of ['pods/p/binding', 'pods/p/eviction', 'pods/p/exec?command=x', 'serviceaccounts/robot/token']) {
      assert.equal((await plain.call('POST', `${mine}/${path}`, { body: {} })).code, 403, path);
    }
    assert.equal(
      (await plain.call('PUT', '/apis/apps/v1/namespaces/mine/deployments/d/scale', { body: {} })).code,
      403,
    );
  });

  it('rights to a subresource are none to the resource', async () => {
    await grant(api, 'sub', [allow(['pods/status'], ['*'])]);
    using sub = api.impersonating('sub');
    assert.equal((await sub.call('GET', `${mine}/pods/p/status`)).code, 200);
    assert.equal((await sub.call('GET', `${mine}/pods/p`)).code, 403);
    const patched = await sub.patch(`${mine}/pods/p/status`, 'merge', {
      spec: { priority: 9 },
      status: { message: 'hi' },
    });
    assert.notEqual(at(patched, 'spec.priority'), 9);
    assert.equal(at(patched, 'status.message'), 'hi');
  });

  it('deleting one is not deleting all, and reading all is not watching', async () => {
    await grant(api, 'reader', [allow(['configmaps'], ['list', 'delete'])]);
    using reader = api.impersonating('reader');
    assert.equal((await reader.call('GET', `${mine}/configmaps`)).code, 200);
    assert.equal((await reader.call('GET', `${mine}/configmaps?watch=true`)).code, 403);
    assert.equal((await reader.call('GET', `${mine}/configmaps?watch=1`)).code, 403);
    assert.equal((await reader.call('GET', '/api/v1/watch/namespaces/mine/configmaps')).code, 403);
    assert.equal((await reader.call('DELETE', `${mine}/configmaps`)).code, 403);
    assert.equal((await reader.call('GET', `${mine}/configmaps/x`)).code, 403);
  });

  it('an apply that would create needs the right to create', async () => {
    await grant(api, 'patcher', [allow(['configmaps'], ['patch'])]);
    using patcher = api.impersonating('patcher');
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'new' } };
    await refused(patcher.apply(`${mine}/configmaps/new`, 'm', body), 403);
    await refused(api.get(`${mine}/configmaps/new`), 404);
  });

  it('a PUT that would create needs the right to create', async () => {
    await grant(api, 'putter', [allow(['leases'], ['update'], ['coordination.k8s.io'])]);
    using putter = api.impersonating('putter');
    const path = '/apis/coordination.k8s.io/v1/namespaces/mine/leases/new';
    await refused(putter.update(path, { metadata: { name: 'new' } }), 403);
    const made = await api.update(path, { metadata: { name: 'new' } });
    await putter.update(path, { ...made, spec: { holderIdentity: 'x' } });
  });

  it('rights to names are for these names alone', async () => {
    await api.create(`${mine}/configmaps`, { metadata: { name: 'open' } });
    await api.create(`${mine}/configmaps`, { metadata: { name: 'closed' } });
    await grant(api, 'named', [{ ...allow(['configmaps'], ['get', 'list', 'watch']), resourceNames: ['open'] }]);
    using named = api.impersonating('named');
    assert.equal((await named.call('GET', `${mine}/configmaps/open`)).code, 200);
    assert.equal((await named.call('GET', `${mine}/configmaps/closed`)).code, 403);
    assert.equal((await named.call('GET', `${mine}/configmaps`)).code, 403);
    const selected = await named.call('GET', `${mine}/configmaps?fieldSelector=metadata.name%3Dopen`);
    assert.equal(selected.code, 200);
    assert.equal(selected.json<{ items: unknown[] }>().items.length, 1);
    const both = `${mine}/configmaps?fieldSelector=metadata.name%3Dopen&fieldSelector=metadata.name%3Dclosed`;
    assert.doesNotMatch((await named.call('GET', both)).text, /"name":"closed"/);
  });
});

describe('impersonation', () => {
  it('needs the right to it, for user, groups, uid and extra alike', async () => {
    using robot = api.as({ token: await tokenOf(api, mine) });
    const tries: Record<string, string>[] = [
      { 'impersonate-user': 'system:admin' },
      { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' },
      { 'impersonate-user': 'system:serviceaccount:kube-system:default' },
      { 'impersonate-group': 'system:masters' },
      { 'impersonate-uid': '1' },
      { 'impersonate-extra-scopes': 'all' },
    ];
    for (const headers of tries) {
      const { code } = await robot.call('GET', `${victim}/secrets`, { headers });
      assert.ok([400, 403].includes(code), `${JSON.stringify(headers)} ${code}`);
    }
  });

  it('of one user does not allow groups', async () => {
    await api.create(`${RBAC}/clusterroles`, {
      metadata: { name: 'become-x' },
      rules: [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['x'] }],
    });
    await api.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name: 'become-x' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'become-x' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'mine', name: 'robot' }],
    });
    using robot = api.as({ token: await tokenOf(api, mine) });
    const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const become = (headers: Record<string, string>) => robot.call('POST', review, { body: {}, headers });
    const allowed = await become({ 'impersonate-user': 'x' });
    assert.equal(at(allowed.json(), 'status.userInfo.username'), 'x');
    assert.equal((await become({ 'impersonate-user': 'y' })).code, 403);
    assert.equal((await become({ 'impersonate-user': 'x', 'impersonate-group': 'system:masters' })).code, 403);
  });
});

describe('headers of a front proxy', () => {
  it('mean nothing without its certificate', async () => {
    const headers = { 'x-remote-user': 'system:admin', 'x-remote-group': 'system:masters', 'x-remote-extra-a': 'b' };
    using nobody = api.as({ anonymous: true });
    assert.equal((await nobody.call('GET', `${victim}/secrets`, { headers })).code, 403);
    using robot = api.as({ token: await tokenOf(api, mine) });
    const review = await robot.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: {}, headers });
    assert.equal(at(review.json(), 'status.userInfo.username'), 'system:serviceaccount:mine:robot');
  });

  it('mean nothing with a client certificate of somebody else', async () => {
    const headers = { 'x-remote-user': 'nobody' };
    const review = await api.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { body: {}, headers });
    assert.notEqual(at(review.json(), 'status.userInfo.username'), 'nobody');
  });
});

describe('anonymous', () => {
  it('reads health and version, and nothing else', async () => {
    using nobody = api.as({ anonymous: true });
    for (const path of ['/healthz', '/livez', '/readyz', '/version'])
      assert.equal((await nobody.call('GET', path)).code, 200, path);
    for (const path of ['/api', '/apis', '/api/v1', '/metrics', '/openapi/v2', '/api/v1/namespaces', '/logs']) {
      assert.equal((await nobody.call('GET', path)).code, 403, path);
    }
  });
});

describe('nodes', () => {
  let node: KubeApi;
  before(async () => {
    for (const name of ['n1', 'n2']) await api.create('/api/v1/nodes', { metadata: { name } });
    node = api.impersonating('system:node:n1', 'system:nodes', 'system:authenticated');
  });
  after(() => node[Symbol.dispose]());

  it('change themselves and no other node', async () => {
    await node.patch('/api/v1/nodes/n1/status', 'merge', { status: { phase: 'Running' } });
    await refused(node.patch('/api/v1/nodes/n2/status', 'merge', { status: { phase: 'Running' } }), 403);
  });

  it('do not set labels that decide where trusted work goes', async () => {
    const labels = { 'node-restriction.kubernetes.io/trusted': 'yes' };
    await refused(node.patch('/api/v1/nodes/n1', 'merge', { metadata: { labels } }), 403);
  });

  it('do not change their taints', async () => {
    await refused(node.patch('/api/v1/nodes/n1', 'merge', { spec: { taints: [] } }), 403).catch(async () => {
      await refused(
        node.patch('/api/v1/nodes/n1', 'merge', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
        403,
      );
    });
  });

  it('read secrets of pods on them, and no others', async () => {
    await api.create(`${victim}/secrets`, { metadata: { name: 'used' } });
    const containers = [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: 'used' } }] }];
    await api.create(`${victim}/pods`, {
      metadata: { name: 'user' },
      spec: { nodeName: 'n1', serviceAccountName: 'robot', containers },
    });
    await eventually('the node may read', async () => (await node.call('GET', `${victim}/secrets/used`)).code === 200);
    await refused(node.get(`${victim}/secrets/treasure`), 403);
    await refused(node.get(`${victim}/secrets`), 403);
  });

  it('make no pods but mirrors of their own', async () => {
    await refused(
      node.create(`${victim}/pods`, {
        metadata: { name: 'x' },
        spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] },
      }),
      403,
    );
  });

  it('get no token for an account whose pod is not on them', async () => {
    await refused(node.create(`${mine}/serviceaccounts/robot/token`, { spec: {} }), 403);
  });
});

describe('the audit log', () => {
  it('has who did what, and neither secrets nor tokens', async () => {
    await tokenOf(api, mine);
    await api.get(`${victim}/secrets/treasure`);
    await eventually('the log has it', () => readFileSync(auditLog, 'utf8').includes('"name":"treasure"'));
    const text = readFileSync(auditLog, 'utf8');
    assert.doesNotMatch(text, /very-secret-value/);
    assert.doesNotMatch(text, new RegExp(Buffer.from('very-secret-value').toString('base64')));
    assert.doesNotMatch(text, /eyJ[A-Za-z0-9_-]{20,}\./);
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as KubeObject);
    assert.ok(events.every(({ kind, level }) => kind === 'Event' && level === 'Metadata'));
  });
});
