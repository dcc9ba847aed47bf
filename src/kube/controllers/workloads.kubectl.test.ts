import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kubectlsInClusters } from '../../../test/lib/kubectl-clusters.ts';

/** What people do with workloads, by the kubectls that they have: the oldest and the newest there is. */
const kubectls = await kubectlsInClusters('kubectl drives workloads', 3);

for (const kubectl of kubectls) {
  describe(`kubectl 1.${kubectl.minor}`, () => {
    const rolledOut = (what: string) => kubectl.ok('rollout', 'status', what, '--timeout=20s');
    const images = async (selector: string) =>
      (await kubectl.ok('get', 'pods', '-l', selector, '-o', 'jsonpath={.items[*].spec.containers[0].image}')).split(
        ' ',
      );
    const apply = (object: object) => kubectl.okWith(JSON.stringify(object), 'apply', '-f', '-');

    test('rollout status, undo, history and restart of a Deployment', async () => {
      await kubectl.ok('create', 'deployment', 'web', '--image=web:1', '--replicas=4');
      assert.match(await rolledOut('deploy/web'), /successfully rolled out/);
      await kubectl.ok('set', 'image', 'deploy/web', '*=web:2');
      await rolledOut('deploy/web');
      assert.deepEqual(await images('app=web'), Array(4).fill('web:2'));
      await kubectl.ok('rollout', 'undo', 'deploy/web');
      await rolledOut('deploy/web');
      assert.deepEqual(await images('app=web'), Array(4).fill('web:1'));
      assert.match(await kubectl.ok('rollout', 'history', 'deploy/web'), /\n2 .*\n3 /);
      await kubectl.ok('rollout', 'restart', 'deploy/web');
      await rolledOut('deploy/web');
      assert.match(await kubectl.ok('rollout', 'history', 'deploy/web'), /\n4 /);
      await kubectl.ok('wait', '--for=condition=Available', 'deploy/web', '--timeout=10s');
    });

    test('rollout pause, scale and resume of a Deployment', async () => {
      await kubectl.ok('create', 'deployment', 'pause', '--image=web:1', '--replicas=2');
      await rolledOut('deploy/pause');
      await kubectl.ok('rollout', 'pause', 'deploy/pause');
      await kubectl.ok('set', 'image', 'deploy/pause', '*=web:2');
      await kubectl.ok('scale', 'deploy/pause', '--replicas=3');
      await kubectl.ok('wait', '--for=jsonpath={.status.availableReplicas}=3', 'deploy/pause', '--timeout=10s');
      assert.deepEqual(await images('app=pause'), Array(3).fill('web:1'));
      await kubectl.ok('rollout', 'resume', 'deploy/pause');
      await rolledOut('deploy/pause');
      assert.deepEqual(await images('app=pause'), Array(3).fill('web:2'));
    });

    test('rollout status of a Deployment that gets stuck', async () => {
      await kubectl.ok('create', 'deployment', 'stuck', '--image=web:1');
      await rolledOut('deploy/stuck');
      const pending = { metadata: { annotations: { 'hakobune.dev/fake-phase': 'Pending' } } };
      const spec = { progressDeadlineSeconds: 1, template: pending };
      await kubectl.ok('patch', 'deploy/stuck', '-p', JSON.stringify({ spec }));
      assert.match(
        await kubectl.fails('rollout', 'status', 'deploy/stuck', '--timeout=20s'),
        /exceeded its progress deadline/,
      );
    });

    test('rollout of a StatefulSet, forth and back, and scaling with its claims', async () => {
      await apply(statefulSet('db'));
      await rolledOut('sts/db');
      await kubectl.ok('set', 'image', 'sts/db', 'main=db:2');
      await rolledOut('sts/db');
      assert.deepEqual(await images('app=db'), ['db:2', 'db:2', 'db:2']);
      await kubectl.ok('rollout', 'undo', 'sts/db');
      await rolledOut('sts/db');
      assert.deepEqual(await images('app=db'), ['db:1', 'db:1', 'db:1']);
      await kubectl.ok('scale', 'sts/db', '--replicas=1');
      await kubectl.ok('wait', '--for=delete', 'pod/db-1', '--timeout=10s');
      assert.equal(await kubectl.ok('get', 'pvc', '-o', 'name'), claims('data-db-0', 'data-db-1', 'data-db-2'));
    });

    test('rollout of a DaemonSet, forth and back, and its nodes', async () => {
      await apply(daemonSet('log'));
      await rolledOut('ds/log');
      await kubectl.ok('set', 'image', 'ds/log', 'main=log:2');
      await rolledOut('ds/log');
      assert.deepEqual(await images('app=log'), ['log:2', 'log:2', 'log:2']);
      await kubectl.ok('rollout', 'undo', 'ds/log');
      await rolledOut('ds/log');
      const nodes = await kubectl.ok('get', 'pods', '-l', 'app=log', '-o', 'jsonpath={.items[*].spec.nodeName}');
      assert.deepEqual(nodes.split(' ').sort(), ['fake-1', 'fake-2', 'fake-3']);
      await kubectl.ok('delete', 'ds', 'log');
    });

    test('create job, wait for it, and create one of a CronJob', async () => {
      await kubectl.ok('create', 'job', 'once', '--image=x');
      await kubectl.ok('wait', '--for=condition=Complete', 'job/once', '--timeout=10s');
      await kubectl.ok('create', 'cronjob', 'tick', '--image=x', '--schedule=*/5 * * * *');
      await kubectl.ok('create', 'job', 'now', '--from=cronjob/tick');
      await kubectl.ok('wait', '--for=condition=Complete', 'job/now', '--timeout=10s');
      await kubectl.ok('delete', 'job/once', 'job/now', '--timeout=10s');
      assert.equal(await kubectl.ok('get', 'pods', '-l', 'job-name', '-o', 'name'), '');
    });

    test('expose: endpoints come and go with pods', async () => {
      await kubectl.ok('create', 'deployment', 'front', '--image=web:1', '--replicas=2');
      await kubectl.ok('expose', 'deploy/front', '--port=80');
      await rolledOut('deploy/front');
      const slice = ['endpointslice', '-l', 'kubernetes.io/service-name=front'];
      await kubectl.ok('wait', '--for=jsonpath={.endpoints[1].conditions.ready}=true', ...slice, '--timeout=10s');
      await kubectl.ok('wait', '--for=jsonpath={.subsets[0].ports[0].port}=80', 'endpoints/front', '--timeout=10s');
      await kubectl.ok('delete', 'service', 'front');
      await kubectl.ok('wait', '--for=delete', ...slice, '--timeout=10s');
    });

    test('drain keeps to the disruption budget', async () => {
      await kubectl.ok('create', 'deployment', 'guarded', '--image=web:1', '--replicas=3');
      await kubectl.ok('create', 'pdb', 'guarded', '--selector=app=guarded', '--min-available=3');
      await rolledOut('deploy/guarded');
      await kubectl.ok('wait', '--for=jsonpath={.status.currentHealthy}=3', 'pdb/guarded', '--timeout=10s');
      const drain = ['drain', 'fake-1', '--ignore-daemonsets', '--force', '--delete-emptydir-data'];
      assert.match(await kubectl.fails(...drain, '--pod-selector=app=guarded', '--timeout=1s'), /disruption budget/);
      await kubectl.ok('patch', 'pdb/guarded', '-p', JSON.stringify({ spec: { minAvailable: 2 } }));
      await kubectl.ok(...drain, '--pod-selector=app=guarded', '--timeout=20s');
      await kubectl.ok('uncordon', 'fake-1');
      await kubectl.ok('delete', 'pdb/guarded');
    });

    test('autoscale brings a target between its bounds', async () => {
      await kubectl.ok('create', 'deployment', 'auto', '--image=web:1');
      await kubectl.ok('autoscale', 'deploy/auto', '--min=3', '--max=5', '--cpu-percent=80');
      await kubectl.ok('wait', '--for=jsonpath={.status.availableReplicas}=3', 'deploy/auto', '--timeout=10s');
      await kubectl.ok('wait', '--for=condition=ScalingActive=false', 'hpa/auto', '--timeout=10s');
      const reason = 'jsonpath={.status.conditions[?(@.type=="ScalingActive")].reason}';
      assert.equal(await kubectl.ok('get', 'hpa.v2.autoscaling/auto', '-o', reason), 'FailedGetResourceMetric');
    });
  });
}

function template(app: string) {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image: `${app}:1` }] } };
}

function statefulSet(name: string) {
  const resources = { requests: { storage: '1Gi' } };
  const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources } }];
  const selector = { matchLabels: { app: name } };
  const spec = { replicas: 3, serviceName: name, selector, template: template(name), volumeClaimTemplates };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec };
}

function daemonSet(name: string) {
  const spec = { selector: { matchLabels: { app: name } }, template: template(name) };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec };
}

function claims(...names: string[]): string {
  return names.map((name) => `persistentvolumeclaim/${name}`).join('\n');
}
