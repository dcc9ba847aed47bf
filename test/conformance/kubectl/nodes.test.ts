import assert from 'node:assert/strict';
import { manifest, pod } from './support/objects.ts';
import type { Stage } from './support/scenarios.ts';
import { withEachKubectl } from './support/scenarios.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

withEachKubectl((scenario) => {
  scenario('cordon, uncordon and taint', async ({ kubectl, ...stage }) => {
    const node = await makeNode(stage);
    assert.equal(await kubectl.ok('cordon', node), `node/${node} cordoned`);
    assert.match(await kubectl.ok('get', 'node', node), /SchedulingDisabled/);
    assert.equal(await kubectl.ok('cordon', node), `node/${node} already cordoned`);
    assert.equal(await kubectl.ok('uncordon', node), `node/${node} uncordoned`);
    assert.equal(await kubectl.ok('taint', 'node', node, 'a=b:NoSchedule'), `node/${node} tainted`);
    assert.match(
      await kubectl.fails('taint', 'node', node, 'a=c:NoSchedule'),
      /already has a taint|--overwrite is false/,
    );
    assert.equal(await kubectl.ok('taint', 'node', node, 'a=c:NoSchedule', '--overwrite'), `node/${node} modified`);
    assert.equal(await kubectl.ok('taint', 'node', node, 'a-'), `node/${node} untainted`);
    assert.match(await kubectl.fails('taint', 'node', node, 'a=b:Sometimes'), /invalid taint effect: Sometimes/);
  });

  scenario('drain evicts the pods of a node', async ({ kubectl, ...stage }) => {
    const node = await makeNode(stage);
    await kubectl.okWith(pod('a', { app: 'a' }, { nodeName: node }), 'create', '-f', '-');
    assert.match(
      await kubectl.fails('drain', node, '--timeout=10s'),
      /declare no controller \(use --force to override\)/,
    );
    assert.match(
      await kubectl.ok('drain', node, '--force', '--dry-run=server'),
      /evicting pod|pod\/a evicted|\(server dry run\)/,
    );
    assert.match(await kubectl.ok('drain', node, '--force', '--timeout=20s'), /evicting pod \S+\/a[\s\S]*drained$/);
    assert.match(await kubectl.fails('get', 'pod/a'), /not found/);
  });

  scenario('drain keeps to disruption budgets', async ({ kubectl, ...stage }) => {
    const node = await makeNode(stage);
    const budget = { spec: { minAvailable: 1, selector: { matchLabels: { app: 'kept' } } } };
    await kubectl.okWith(manifest('policy/v1', 'PodDisruptionBudget', 'b', budget), 'create', '-f', '-');
    await kubectl.okWith(pod('kept', undefined, { nodeName: node }), 'create', '-f', '-');
    // Pods that do not run yet may always be evicted.
    const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    await kubectl.ok('patch', 'pod/kept', '--subresource=status', '-p', JSON.stringify({ status: running }));
    await kubectl.ok('wait', '--for=jsonpath={.status.currentHealthy}=1', 'pdb/b', '--timeout=20s');
    assert.match(
      await kubectl.fails('drain', node, '--force', '--timeout=2s'),
      /violate the pod's disruption budget|global timeout reached/,
    );
    await kubectl.ok('get', 'pod/kept');
    await kubectl.ok('delete', 'pdb/b');
    await kubectl.ok('drain', node, '--force', '--timeout=20s');
    assert.match(await kubectl.fails('get', 'pod/kept'), /not found/);
  });
});

/** A node that nobody runs, for one scenario alone. */
async function makeNode({ cluster, namespace }: Omit<Stage, 'kubectl'>): Promise<string> {
  await cluster.client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: namespace } });
  return namespace;
}
