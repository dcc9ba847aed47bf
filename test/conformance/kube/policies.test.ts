/** What decides about objects besides their schema: quotas, limit ranges, pod security, priorities, budgets; and pods' subresources. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { it } from './support/scenario.ts';

const test = forAllTests(await TestCluster.start({ controllers: true }));
const { api } = test;
let count = 0;

async function namespace(labels: Record<string, string> = {}): Promise<string> {
  const path = await test.namespace(`policy-${++count}`, labels);
  await test.defaultServiceAccount(path);
  return path;
}

function pod(name: string, container: object = {}, spec: object = {}) {
  return {
    metadata: { name, labels: { app: 'x' } },
    spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
  };
}

describe('resource quotas', () => {
  async function quota(hard: object): Promise<string> {
    const path = await namespace();
    await api.create(`${path}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard } });
    await eventually(
      'the quota is counted',
      async () => at(await api.get(`${path}/resourcequotas/q`), 'status.hard') !== undefined,
    );
    return path;
  }

  it('count what is there, and refuse what exceeds them', async () => {
    const path = await quota({ pods: '1' });
    await api.create(`${path}/pods`, pod('one'));
    const status = await refused(api.create(`${path}/pods`, pod('two')), 403, 'Forbidden');
    assert.match(status.message ?? '', /exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1/);
    assert.equal(at(await api.get(`${path}/resourcequotas/q`), 'status.used.pods'), '1');
  });

  it('give back what is deleted', async () => {
    const path = await quota({ pods: '1' });
    await api.create(`${path}/pods`, pod('one'));
    await api.delete(`${path}/pods/one?gracePeriodSeconds=0`);
    await eventually(
      'the quota is free',
      async () => at(await api.get(`${path}/resourcequotas/q`), 'status.used.pods') === '0',
    );
    await api.create(`${path}/pods`, pod('two'));
  });

  it('of resources want pods to say what they request', async () => {
    const path = await quota({ 'requests.cpu': '1' });
    const status = await refused(api.create(`${path}/pods`, pod('silent')), 403);
    assert.match(status.message ?? '', /must specify requests\.cpu/);
    await api.create(`${path}/pods`, pod('modest', { resources: { requests: { cpu: '600m' } } }));
    await refused(api.create(`${path}/pods`, pod('greedy', { resources: { requests: { cpu: '600m' } } })), 403);
  });

  it('of any resource by count/', async () => {
    const path = await quota({ 'count/configmaps': '2' });
    await api.create(`${path}/configmaps`, { metadata: { name: 'a' } });
    // The root CA is one too.
    await refused(api.create(`${path}/configmaps`, { metadata: { name: 'b' } }), 403);
  });

  it('hold when many come at once', async () => {
    const path = await quota({ pods: '3' });
    const codes = await Promise.all(
      Array.from(
        { length: 12 },
        async (_, index) => (await api.call('POST', `${path}/pods`, { body: pod(`p${index}`) })).code,
      ),
    );
    assert.equal(codes.filter((code) => code === 201).length, 3);
  });

  it('are not charged by dry runs', async () => {
    const path = await quota({ pods: '1' });
    await api.create(`${path}/pods?dryRun=All`, pod('dry'));
    await api.create(`${path}/pods`, pod('real'));
  });
});

describe('limit ranges', () => {
  async function limits(limit: object): Promise<string> {
    const path = await namespace();
    await api.create(`${path}/limitranges`, {
      metadata: { name: 'l' },
      spec: { limits: [{ type: 'Container', ...limit }] },
    });
    return path;
  }

  it('give containers their defaults', async () => {
    const path = await limits({ default: { cpu: '200m' }, defaultRequest: { cpu: '100m' } });
    const made = await api.create(`${path}/pods`, pod('p'));
    const [container] = at(made, 'spec.containers') as { resources: object }[];
    assert.deepEqual(container?.resources, { limits: { cpu: '200m' }, requests: { cpu: '100m' } });
  });

  it('refuse what is above the most or below the least', async () => {
    const path = await limits({ max: { cpu: '1' }, min: { cpu: '100m' } });
    const wants = (cpu: string) =>
      api.create(`${path}/pods`, pod('p', { resources: { requests: { cpu }, limits: { cpu } } }));
    assert.match(
      (await refused(wants('2'), 403)).message ?? '',
      /maximum cpu usage per Container is 1, but limit is 2/,
    );
    assert.match(
      (await refused(wants('50m'), 403)).message ?? '',
      /minimum cpu usage per Container is 100m, but request is 50m/,
    );
    await wants('500m');
  });
});

describe('pod security', () => {
  it('restricted refuses what is not, and names each reason', async () => {
    const path = await namespace({ 'pod-security.kubernetes.io/enforce': 'restricted' });
    const status = await refused(api.create(`${path}/pods`, pod('p')), 403, 'Forbidden');
    assert.match(status.message ?? '', /violates PodSecurity "restricted:latest"/);
    assert.match(status.message ?? '', /runAsNonRoot != true/);
    const securityContext = {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    };
    await api.create(`${path}/pods`, pod('good', { securityContext }));
  });

  it('baseline refuses host namespaces and privilege', async () => {
    const path = await namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' });
    await refused(api.create(`${path}/pods`, pod('p', {}, { hostNetwork: true })), 403);
    await refused(api.create(`${path}/pods`, pod('p', { securityContext: { privileged: true } })), 403);
    await api.create(`${path}/pods`, pod('p'));
  });

  it('warn warns, of pods and of what makes pods', async () => {
    const path = await namespace({ 'pod-security.kubernetes.io/warn': 'restricted' });
    const answer = await api.call('POST', `${path}/pods`, { body: pod('p') });
    assert.equal(answer.code, 201);
    assert.match(String(answer.headers.warning), /would violate PodSecurity/);
  });

  it('cannot be passed by ephemeral containers', async () => {
    const path = await namespace({ 'pod-security.kubernetes.io/enforce': 'baseline' });
    await api.create(`${path}/pods`, pod('p'));
    const ephemeralContainers = [{ name: 'e', image: 'i', securityContext: { privileged: true } }];
    await refused(api.patch(`${path}/pods/p/ephemeralcontainers`, 'strategic', { spec: { ephemeralContainers } }), 403);
  });
});

describe('pods', () => {
  it('are bound to a node once', async () => {
    const path = `${await namespace()}/pods`;
    await api.create(path, pod('p'));
    const bind = () => api.create(`${path}/p/binding`, { target: { kind: 'Node', name: 'n1' } });
    await bind();
    assert.equal(at(await api.get(`${path}/p`), 'spec.nodeName'), 'n1');
    await refused(bind(), 409, 'Conflict');
  });

  it('get ephemeral containers through their subresource alone, and keep them', async () => {
    const path = `${await namespace()}/pods`;
    await api.create(path, pod('p'));
    const ephemeralContainers = [{ name: 'debug', image: 'i' }];
    await refused(api.patch(`${path}/p`, 'strategic', { spec: { ephemeralContainers } }), 422, 'Invalid');
    const patched = await api.patch(`${path}/p/ephemeralcontainers`, 'strategic', { spec: { ephemeralContainers } });
    assert.equal((at(patched, 'spec.ephemeralContainers') as unknown[]).length, 1);
    await refused(api.patch(`${path}/p/ephemeralcontainers`, 'merge', { spec: { ephemeralContainers: [] } }), 422);
  });

  it('do not change but for images and a few fields', async () => {
    const path = `${await namespace()}/pods`;
    await api.create(path, pod('p'));
    await api.patch(`${path}/p`, 'strategic', { spec: { containers: [{ name: 'c', image: 'other' }] } });
    const status = await refused(api.patch(`${path}/p`, 'merge', { spec: { hostNetwork: true } }), 422, 'Invalid');
    assert.match(status.message ?? '', /pod updates may not change fields other than/);
  });

  it('get the priority of their class', async () => {
    await api.create('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'high' }, value: 1000 });
    const made = await api.create(`${await namespace()}/pods`, pod('p', {}, { priorityClassName: 'high' }));
    assert.equal(at(made, 'spec.priority'), 1000);
    await refused(api.create(`${await namespace()}/pods`, pod('p', {}, { priorityClassName: 'absent' })), 403);
  });

  it('get an account and its token', async () => {
    const made = await api.create(`${await namespace()}/pods`, pod('p'));
    assert.equal(at(made, 'spec.serviceAccountName'), 'default');
    const volumes = at(made, 'spec.volumes') as { name: string }[];
    assert.match(volumes[0]?.name ?? '', /^kube-api-access-/);
  });

  it('cannot use an account that is not there', async () => {
    await refused(api.create(`${await namespace()}/pods`, pod('p', {}, { serviceAccountName: 'absent' })), 403);
  });

  it('are run by nobody here: exec, logs and port-forward say so', async () => {
    const path = `${await namespace()}/pods`;
    await api.create(path, pod('p'));
    const answer = await api.call('GET', `${path}/p/log`);
    assert.ok(answer.code >= 400 && answer.json<{ kind: string }>().kind === 'Status');
  });
});

describe('evictions', () => {
  it('delete the pod', async () => {
    const path = `${await namespace()}/pods`;
    await api.create(path, pod('p'));
    await api.create(`${path}/p/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } });
    await refused(api.get(`${path}/p`), 404);
  });

  it('that a budget forbids are 429, and the pod stays', async () => {
    const path = await namespace();
    await api.create(`${path}/pods`, pod('p'));
    await api.create(`${path}/pods/p/binding`, { target: { kind: 'Node', name: 'n' } });
    await api.patch(`${path}/pods/p/status`, 'merge', {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    const budgets = `${path.replace('/api/v1', '/apis/policy/v1')}/poddisruptionbudgets`;
    await api.create(budgets, {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
    });
    const status = await refused(
      api.create(`${path}/pods/p/eviction`, { metadata: { name: 'p' } }),
      429,
      'TooManyRequests',
    );
    assert.ok(
      status.details?.causes?.some(({ reason }) => reason === 'DisruptionBudget') ||
        /budget/.test(status.message ?? ''),
    );
    await api.get(`${path}/pods/p`);
  });

  it('of a dry run delete nothing', async () => {
    const path = `${await namespace()}/pods`;
    await api.create(path, pod('p'));
    await api.create(`${path}/p/eviction?dryRun=All`, { metadata: { name: 'p' } });
    await api.get(`${path}/p`);
  });
});

describe('scale', () => {
  it('of a deployment reads and writes its replicas, under an optimistic lock', async () => {
    const path = `${(await namespace()).replace('/api/v1', '/apis/apps/v1')}/deployments`;
    const template = { metadata: { labels: { app: 'x' } }, spec: pod('').spec };
    await api.create(path, {
      metadata: { name: 'd' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'x' } }, template },
    });
    const scale = await api.get(`${path}/d/scale`);
    assert.deepEqual(
      [scale.apiVersion, scale.kind, at(scale, 'status.selector')],
      ['autoscaling/v1', 'Scale', 'app=x'],
    );
    await api.patch(`${path}/d/scale`, 'merge', { spec: { replicas: 5 } });
    assert.equal(at(await api.get(`${path}/d`), 'spec.replicas'), 5);
    await refused(api.update(`${path}/d/scale`, { ...scale, spec: { replicas: 1 } }), 409, 'Conflict');
    await refused(api.patch(`${path}/d/scale`, 'merge', { spec: { replicas: -1 } }), 422, 'Invalid');
  });
});

describe('addresses of services', () => {
  const service = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const spec = (object: KubeObject, field: string) => at(object, `spec.${field}`);

  it('are all different, though many come at once', async () => {
    const path = `${await namespace()}/services`;
    const made = await Promise.all(
      Array.from({ length: 60 }, (_, index) => api.create(path, service(`s${index}`, { type: 'NodePort' }))),
    );
    assert.equal(new Set(made.map((one) => spec(one, 'clusterIP'))).size, 60);
    assert.equal(new Set(made.map((one) => (spec(one, 'ports') as { nodePort: number }[])[0]?.nodePort)).size, 60);
  });

  it('that are taken are 422', async () => {
    const path = `${await namespace()}/services`;
    const made = await api.create(path, service('a'));
    const status = await refused(
      api.create(path, service('b', { clusterIP: spec(made, 'clusterIP') })),
      422,
      'Invalid',
    );
    assert.match(status.message ?? '', /provided IP is already allocated/);
  });

  it('come back when the service goes', async () => {
    const path = `${await namespace()}/services`;
    const { clusterIP } = (await api.create(path, service('a'))).spec as { clusterIP: string };
    await api.delete(`${path}/a`);
    assert.equal(spec(await api.create(path, service('b', { clusterIP })), 'clusterIP'), clusterIP);
  });

  it('headless and external ones have none', async () => {
    const path = `${await namespace()}/services`;
    assert.equal(spec(await api.create(path, service('headless', { clusterIP: 'None' })), 'clusterIP'), 'None');
    const external = await api.create(path, service('external', { type: 'ExternalName', externalName: 'example.org' }));
    assert.equal(spec(external, 'clusterIP'), undefined);
  });

  it('are not lost to dry runs', async () => {
    const path = `${await namespace()}/services`;
    await api.create(
      `${path}?dryRun=All`,
      service('dry', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] }),
    );
    await api.create(path, service('real', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] }));
  });

  it('stay when a service changes, and cannot be changed', async () => {
    const path = `${await namespace()}/services`;
    const made = await api.create(path, service('a'));
    const patched = await api.patch(`${path}/a`, 'merge', { spec: { ports: [{ port: 81 }] } });
    assert.equal(spec(patched, 'clusterIP'), spec(made, 'clusterIP'));
    await refused(
      api.patch(`${path}/a`, 'merge', { spec: { clusterIP: '10.96.99.99', clusterIPs: ['10.96.99.99'] } }),
      422,
    );
  });

  it('outside of the block are refused', async () => {
    await refused(api.create(`${await namespace()}/services`, service('a', { clusterIP: '192.0.2.7' })), 422);
    await refused(
      api.create(
        `${await namespace()}/services`,
        service('a', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
      ),
      422,
    );
  });
});

describe('aggregated roles', () => {
  it('have the rules of all that carry their label', async () => {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    const matchLabels = { aggregate: 'here' };
    await api.create(roles, {
      metadata: { name: 'sum' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
      rules: [],
    });
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    await api.create(roles, { metadata: { name: 'part', labels: matchLabels }, rules });
    await eventually(
      'the rules are there',
      async () => (at(await api.get(`${roles}/sum`), 'rules') as unknown[] | undefined)?.length === 1,
    );
  });

  it('edit has what view has', async () => {
    const review = (user: string) =>
      api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        spec: { user, resourceAttributes: { namespace: 'default', verb: 'list', resource: 'pods' } },
      });
    await api.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      metadata: { name: 'editor' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'User', name: 'editor', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    await eventually('edit is put together', async () => at(await review('editor'), 'status.allowed') === true);
    assert.equal(at(await review('somebody'), 'status.allowed'), false);
  });
});
