import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Informers } from '#kube/client';
import { eventually } from '../../../../test/lib/wait.ts';
import { createCluster } from '../../../server/cluster.ts';
import { AUTOSCALERS, DEPLOYMENTS } from '../common/mod.ts';
import type { ControllerContext } from '../contract.ts';
import { deploymentController } from '../deployment/mod.ts';
import { replicaSetController } from '../replicaset/mod.ts';
import { autoscalerController } from './controller.ts';
import type { MetricsSource } from './metrics.ts';
import type { HorizontalPodAutoscaler } from './types.ts';

const NAMESPACE = 'default';

/** Every pod of the deployment uses so many thousandths of a CPU. */
function measuring(millis: number): MetricsSource & { selector: string | undefined } {
  return {
    selector: undefined,
    async usage(_namespace, selector) {
      this.selector = selector;
      const pods = await podNames();
      return new Map(pods.map((name) => [name, new Map([['main', millis]])]));
    },
  };
}

let podNames: () => Promise<string[]>;

test('autoscalerController scales a Deployment by what its pods use', async () => {
  await using cluster = await createCluster({ fakeNodes: 1, controllers: false });
  const { client } = cluster;
  podNames = async () =>
    (await client.list({ group: '', version: 'v1', resource: 'pods' }, { namespace: NAMESPACE })).items.map(
      ({ metadata }) => metadata.name ?? '',
    );
  const metrics = measuring(900);
  await using scope = new AsyncDisposableStack();
  const informers = scope.use(new Informers(client));
  for (const controller of [deploymentController, replicaSetController, autoscalerController(metrics)]) {
    // These three need no more of their context.
    scope.use(controller.start({ client, informers, nowMs: Date.now } as ControllerContext));
  }
  const labels = { app: 'web' };
  const containers = [{ name: 'main', image: 'example/web', resources: { requests: { cpu: '1' } } }];
  const spec = {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  const metadata = { name: 'web', namespace: NAMESPACE };
  await client.create(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
  const availableReplicas = async () => {
    const { status } = await client.get(DEPLOYMENTS, metadata);
    return (status as { availableReplicas?: number } | undefined)?.availableReplicas;
  };
  await eventually('two pods serve', async () => (await availableReplicas()) === 2);
  const target = { type: 'Utilization', averageUtilization: 50 };
  await client.create(AUTOSCALERS, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 10,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  });
  await eventually('it has grown', async () => ((await availableReplicas()) ?? 0) >= 4);
  assert.equal(metrics.selector, 'app=web');
  const scaler = await eventually('the status says so', async () => {
    const found = await client.get<HorizontalPodAutoscaler>(AUTOSCALERS, metadata);
    return (found.status?.currentMetrics?.length ?? 0) > 0 && found;
  });
  const current = scaler.status?.currentMetrics?.[0]?.resource?.current;
  assert.deepEqual(current, { averageUtilization: 90, averageValue: '900m' });
  assert.equal(scaler.status?.conditions?.find(({ type }) => type === 'ScalingActive')?.status, 'True');
});
