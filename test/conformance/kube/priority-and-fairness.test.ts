/** How much one may ask at once: priority and fairness. */
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { it } from './support/scenario.ts';

const flows = '/apis/flowcontrol.apiserver.k8s.io/v1';
const { api } = forAllTests(await TestCluster.start());

describe('priority and fairness', () => {
  it('has upstream’s levels and schemas', async () => {
    const names = async (resource: string) => {
      const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(`${flows}/${resource}`);
      return items.map(({ metadata }) => metadata.name);
    };
    await eventually('they are made', async () => (await names('flowschemas')).includes('catch-all'));
    for (const name of [
      'exempt',
      'leader-election',
      'node-high',
      'system',
      'workload-high',
      'workload-low',
      'global-default',
      'catch-all',
    ]) {
      assert.ok((await names('prioritylevelconfigurations')).includes(name), name);
    }
  });

  it('tells in the answer which flow a request belongs to', async () => {
    const { headers } = await api.call('GET', '/api/v1/namespaces');
    const schema = await api.get(`${flows}/flowschemas/exempt`);
    assert.equal(headers['x-kubernetes-pf-flowschema-uid'], schema.metadata.uid);
  });

  it('refuses with 429 and Retry-After what has no seat, and nobody else', async () => {
    const limited = {
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    };
    await api.create(`${flows}/prioritylevelconfigurations`, {
      metadata: { name: 'none' },
      spec: { type: 'Limited', limited },
    });
    const subjects = [{ kind: 'User', user: { name: 'noisy' } }];
    const resourceRules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'], clusterScope: true, namespaces: ['*'] }];
    await api.create(`${flows}/flowschemas`, {
      metadata: { name: 'noisy' },
      spec: {
        matchingPrecedence: 100,
        priorityLevelConfiguration: { name: 'none' },
        rules: [{ subjects, resourceRules }],
      },
    });
    await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'noisy' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: ['noisy', 'quiet'].map((name) => ({ kind: 'User', name, apiGroup: 'rbac.authorization.k8s.io' })),
    });
    using noisy = api.impersonating('noisy');
    using quiet = api.impersonating('quiet');
    // The level has no seats; a request that takes its time would hold one if it had.
    const slow = await api.socket();
    const head =
      'POST /api/v1/namespaces HTTP/1.1\r\nhost: x\r\nimpersonate-user: noisy\r\ncontent-length: 100\r\n\r\n{';
    await eventually('the flow is refused', async () => {
      if (slow.bytesWritten === 0) slow.write(head);
      const answer = await noisy.call('GET', '/api/v1/namespaces');
      if (answer.code !== 429) return false;
      assert.match(String(answer.headers['retry-after']), /^\d+$/);
      assert.equal(answer.json<{ reason: string }>().reason, 'TooManyRequests');
      return true;
    });
    assert.equal((await quiet.call('GET', '/api/v1/namespaces')).code, 200);
    slow.destroy();
  });

  it('lets go of those who went away while they waited', async () => {
    const queuing = { queues: 1, handSize: 1, queueLengthLimit: 10 };
    const limited = {
      nominalConcurrencyShares: 1,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Queue', queuing },
    };
    await api.create(`${flows}/prioritylevelconfigurations`, {
      metadata: { name: 'patient' },
      spec: { type: 'Limited', limited },
    });
    const subjects = [{ kind: 'User', user: { name: 'patient' } }];
    await api.create(`${flows}/flowschemas`, {
      metadata: { name: 'patient' },
      spec: {
        matchingPrecedence: 100,
        priorityLevelConfiguration: { name: 'patient' },
        rules: [{ subjects, nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }],
      },
    });
    const schema = await api.get(`${flows}/flowschemas/patient`);
    await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'patient' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', name: 'patient', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    const count = async (metric: string) => {
      const { text } = await api.call('GET', '/metrics');
      return Number(text.match(new RegExp(`^${metric}\\{[^}]*"patient"[^}]*\\} (\\d+)$`, 'm'))?.[1] ?? 0);
    };
    const cancelled =
      'apiserver_flowcontrol_rejected_requests_total\\{priority_level="patient",flow_schema="patient",reason="cancelled"';
    const cancellations = async () =>
      Number((await api.call('GET', '/metrics')).text.match(new RegExp(`^${cancelled}\\} (\\d+)$`, 'm'))?.[1] ?? 0);
    const waiting = () => count('apiserver_flowcontrol_current_inqueue_requests');
    using patient = api.impersonating('patient');
    await eventually('he has his flow', async () => {
      const { code, headers } = await patient.call('GET', '/version');
      return code === 200 && headers['x-kubernetes-pf-flowschema-uid'] === schema.metadata.uid;
    });
    const seats = await count('apiserver_flowcontrol_nominal_limit_seats');
    const head = 'POST /version HTTP/1.1\r\nhost: x\r\nimpersonate-user: patient\r\ncontent-length: 100\r\n\r\n{';
    const begin = async () => {
      const socket = await api.socket();
      socket.write(head);
      return socket;
    };
    const executing = () => count('apiserver_flowcontrol_current_executing_requests');
    const running = await Promise.all(Array.from({ length: seats }, begin));
    await eventually('all seats are taken', async () => (await executing()) === seats);
    const others = await Promise.all([begin(), begin()]);
    await eventually('the others wait', async () => (await waiting()) === 2);
    for (const socket of others) socket.destroy();
    await eventually('nobody waits', async () => (await waiting()) === 0);
    assert.deepEqual([await cancellations(), await executing()], [2, seats]);
    for (const socket of running) socket.destroy();
    await eventually('nobody is served', async () => (await executing()) === 0);
  });

  it('says of flow schemas whether their level is there', async () => {
    const dangling = async (name: string) => {
      const conditions = (at(await api.get(`${flows}/flowschemas/${name}`), 'status.conditions') ?? []) as {
        type: string;
        status: string;
      }[];
      return conditions.find(({ type }) => type === 'Dangling')?.status;
    };
    await eventually('the default ones are not', async () => (await dangling('global-default')) === 'False');
    await api.create(`${flows}/flowschemas`, {
      metadata: { name: 'lost' },
      spec: { matchingPrecedence: 9000, priorityLevelConfiguration: { name: 'nowhere' } },
    });
    await eventually('this one is', async () => (await dangling('lost')) === 'True');
    await api.create(`${flows}/prioritylevelconfigurations`, {
      metadata: { name: 'nowhere' },
      spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
    });
    await eventually('it is no more', async () => (await dangling('lost')) === 'False');
  });

  it('is counted in the metrics', async () => {
    assert.match((await api.call('GET', '/metrics')).text, /^apiserver_flowcontrol_dispatched_requests_total\{/m);
  });
});
