import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quotaEvaluator } from '#kube/admission';
import { builtinResources } from '#kube/api/resources';
import { findObject } from '#kube/client';
import { createCluster } from '../../../server/cluster.ts';
import { makePod } from '../testing/make-pod.ts';
import { makeNamespace } from '../testing/objects.ts';
import { until } from '../testing/until.ts';
import { countedResources, planQuota } from './plan.ts';
import { settleMs } from './recount.ts';
import { QUOTAS, type ResourceQuota } from './types.ts';

const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const PODS = { group: '', version: 'v1', resource: 'pods' };

function quota(hard: Record<string, string>, more: object = {}, status?: ResourceQuota['status']): ResourceQuota {
  const metadata = { name: 'q', namespace: 'test' };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard, ...more }, ...(status && { status }) };
}

function tally(resource: string, objects: ReturnType<typeof makePod>[]) {
  const evaluator = quotaEvaluator({ group: '', resource });
  assert.ok(evaluator !== undefined);
  return { evaluator, objects };
}

function podAsking(name: string, cpu?: string, phase = 'Running') {
  const resources = cpu === undefined ? {} : { requests: { cpu }, limits: { cpu } };
  return makePod(name, { phase, spec: { containers: [{ name: 'main', image: 'x', resources }] } });
}

test('countedResources are those of which the quota names something', () => {
  const rows = builtinResources();
  const names = (hard: Record<string, string>) =>
    countedResources(quota(hard), rows, quotaEvaluator).map(({ row }) => row.plural);
  assert.deepEqual(names({ 'requests.cpu': '1' }), ['pods']);
  assert.deepEqual(names({ 'count/deployments.apps': '1', secrets: '2' }).sort(), ['deployments', 'secrets']);
  assert.deepEqual(names({ 'count/unheard.of': '1' }), []);
});

test('planQuota adds up what pods ask for, and leaves out those that are over', () => {
  const pods = [podAsking('a', '500m'), podAsking('b', '1'), podAsking('c', '4', 'Succeeded')];
  assert.deepEqual(planQuota(quota({ pods: '10', 'requests.cpu': '4', 'count/pods': '20' }), [tally('pods', pods)]), {
    hard: { pods: '10', 'requests.cpu': '4', 'count/pods': '20' },
    used: { pods: '2', 'requests.cpu': '1500m', 'count/pods': '3' },
  });
});

test('planQuota counts within scopes only', () => {
  const pods = [podAsking('a', '1'), podAsking('b')];
  const best = quota({ pods: '10' }, { scopes: ['BestEffort'] });
  assert.equal(planQuota(best, [tally('pods', pods)])?.used.pods, '1');
});

test('planQuota leaves a status that is right, and what nobody can count', () => {
  const right = {
    hard: { pods: '2', 'count/widgets.example.org': '3' },
    used: { pods: '0', 'count/widgets.example.org': '2' },
  };
  assert.equal(planQuota(quota(right.hard, {}, right), [tally('pods', [])]), undefined);
});

test('planQuota survives hostile names', () => {
  const hard = JSON.parse('{"__proto__": "1", "constructor": "1"}') as Record<string, string>;
  const plan = planQuota(quota(hard), []);
  assert.deepEqual(Object.keys(plan?.used ?? {}).sort(), ['__proto__', 'constructor']);
});

test('settleMs waits for what was charged a moment ago, but not for ever', () => {
  assert.equal(settleMs(undefined, 1000), undefined);
  assert.equal(settleMs({ lastMs: 1000, sinceMs: 1000 }, 1100), 150);
  assert.equal(settleMs({ lastMs: 1000, sinceMs: 1000 }, 1250), undefined);
  assert.equal(settleMs({ lastMs: 9000, sinceMs: 1000 }, 9001), undefined);
});

test('resourceQuotaController measures what is there, and gives back what is deleted', async () => {
  await using cluster = await createCluster({ fakeNodes: 1 });
  const { client } = cluster;
  await makeNamespace(client, 'room');
  const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'room' } });
  await until(
    async () => (await findObject(client, CONFIG_MAPS, { namespace: 'room', name: 'kube-root-ca.crt' })) !== undefined,
  );
  await client.create(CONFIG_MAPS, map('one'));
  await client.create(CONFIG_MAPS, map('two'));
  await client.create(QUOTAS, {
    ...quota({ configmaps: '10', pods: '3' }),
    metadata: { name: 'q', namespace: 'room' },
  });
  const used = async () =>
    (await findObject<ResourceQuota>(client, QUOTAS, { namespace: 'room', name: 'q' }))?.status?.used;
  await until(async () => (await used())?.configmaps === '3' && (await used())?.pods === '0');
  await client.delete(CONFIG_MAPS, { namespace: 'room', name: 'one' });
  await until(async () => (await used())?.configmaps === '2');
  const { apiVersion, kind } = makePod('p');
  const spec = { containers: [{ name: 'main', image: 'example/web' }] };
  await client.create(PODS, { apiVersion, kind, metadata: { name: 'p', namespace: 'room' }, spec });
  await client.patch(
    QUOTAS,
    { namespace: 'room', name: 'q' },
    { type: 'merge', body: { spec: { hard: { pods: '5' } } } },
  );
  await until(async () => (await used())?.pods === '1');
  await client.delete(PODS, { namespace: 'room', name: 'p' });
  await until(async () => (await used())?.pods === '0');
});
