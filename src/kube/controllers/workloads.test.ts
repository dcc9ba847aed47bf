import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { GroupVersionResource, KubeObject } from '#kube/api';
import { eventually } from '../../../test/lib/wait.ts';
import { type Cluster, createCluster } from '../../server/cluster.ts';
import {
  CLAIMS,
  CRON_JOBS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  ENDPOINTS,
  EVENTS,
  JOBS,
  PODS,
  type Pod,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  SERVICES,
  STATEFUL_SETS,
} from './common/mod.ts';
import type { CronJob } from './cronjob/types.ts';
import { newReplicaSet } from './deployment/new-set.ts';
import { DEPLOYMENT } from './deployment/reconciler.ts';
import type { Deployment } from './deployment/types.ts';
import type { EndpointSlice } from './endpointslice/mod.ts';
import type { Job } from './job/mod.ts';
import type { ReplicaSet } from './replicaset/mod.ts';

const NAMESPACE = 'default';
const PHASE = 'hakobune.dev/fake-phase';

function template(app: string, annotations: Record<string, string> = {}) {
  return {
    metadata: { labels: { app }, annotations },
    spec: { containers: [{ name: 'main', image: 'example/image' }] },
  };
}

function setOf(kind: string, name: string, spec: Record<string, unknown> = {}): KubeObject {
  const selector = { matchLabels: { app: name } };
  const metadata = { name, namespace: NAMESPACE };
  return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas: 2, selector, template: template(name), ...spec } };
}

function jobOf(name: string, phase: string, spec: Record<string, unknown> = {}): KubeObject {
  const { metadata, spec: podSpec } = template(name, { [PHASE]: phase });
  const made = { metadata, spec: { ...podSpec, restartPolicy: 'Never' } };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: NAMESPACE },
    spec: { template: made, ...spec },
  };
}

describe('workloads in a cluster', () => {
  let cluster: Cluster;

  before(async () => {
    cluster = await createCluster({ fakeNodes: 2 });
  });

  after(() => cluster[Symbol.asyncDispose]());

  const create = (resource: GroupVersionResource, object: KubeObject) => cluster.client.create(resource, object);
  const get = <T extends KubeObject>(resource: GroupVersionResource, name: string) =>
    cluster.client.get<T>(resource, { namespace: NAMESPACE, name });
  const patch = (resource: GroupVersionResource, name: string, body: Record<string, unknown>) =>
    cluster.client.patch(resource, { namespace: NAMESPACE, name }, { type: 'merge', body });
  const podsOf = async (app: string) =>
    (await cluster.client.list<Pod>(PODS, { namespace: NAMESPACE, labelSelector: `app=${app}` })).items;
  const available = (resource: GroupVersionResource, name: string, count: number) =>
    eventually(`${name} has ${count} pods`, async () => {
      const { status } = await get<ReplicaSet>(resource, name);
      return (status?.availableReplicas ?? 0) === count && status;
    });

  test('a ReplicaSet makes exactly the pods that it wants, however often it is looked at', async () => {
    const stop = new AbortController();
    const made = new Set<string>();
    const watching = (async () => {
      const options = { namespace: NAMESPACE, labelSelector: 'app=exact', signal: stop.signal };
      for await (const { type, object } of cluster.client.watch(PODS, options))
        if (type === 'ADDED') made.add(object.metadata.uid ?? '');
    })();
    await create(REPLICA_SETS, setOf('ReplicaSet', 'exact', { replicas: 60 }));
    for (let at = 0; at < 20; at++)
      await patch(REPLICA_SETS, 'exact', { metadata: { annotations: { at: String(at) } } });
    await available(REPLICA_SETS, 'exact', 60);
    stop.abort();
    await watching;
    assert.equal(made.size, 60);
  });

  test('a ReplicaSet adopts orphans that match and releases pods that match no more', async () => {
    const { metadata, spec } = template('adopt');
    const orphan = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, name: 'orphan', namespace: NAMESPACE },
      spec,
    };
    await create(PODS, orphan);
    await create(REPLICA_SETS, setOf('ReplicaSet', 'adopt'));
    await available(REPLICA_SETS, 'adopt', 2);
    const { uid } = (await get(REPLICA_SETS, 'adopt')).metadata;
    assert.deepEqual(
      (await podsOf('adopt')).map((pod) => pod.metadata.ownerReferences?.[0]?.uid),
      [uid, uid],
    );
    await patch(PODS, 'orphan', { metadata: { labels: { app: 'elsewhere' } } });
    await eventually(
      'the pod is released',
      async () => (await get(PODS, 'orphan')).metadata.ownerReferences === undefined,
    );
    await eventually('it is made up for', async () => (await podsOf('adopt')).length === 2);
  });

  test('a ReplicationController keeps its number of pods', async () => {
    const controller = setOf('ReplicationController', 'rc', { replicas: 3, selector: { app: 'rc' } });
    await create(REPLICATION_CONTROLLERS, { ...controller, apiVersion: 'v1' });
    await available(REPLICATION_CONTROLLERS, 'rc', 3);
    await cluster.client.delete(PODS, { namespace: NAMESPACE, name: (await podsOf('rc'))[0]?.metadata.name ?? '' });
    await eventually('it is made up for', async () => (await podsOf('rc')).length === 3);
  });

  test('a Deployment whose name for a ReplicaSet is taken finds another', async () => {
    const wanted = setOf('Deployment', 'collide');
    const dry = (await cluster.client.create<Deployment>(DEPLOYMENTS, wanted, { dryRun: true })) as Deployment;
    const limits = { replicas: 2, maxSurge: 1, maxUnavailable: 0 };
    const { name } = newReplicaSet(dry, DEPLOYMENT, { replicas: 2, revision: 1, limits }).metadata;
    const taken = setOf('ReplicaSet', name ?? '', { replicas: 0 });
    await create(REPLICA_SETS, taken);
    await create(DEPLOYMENTS, wanted);
    await available(DEPLOYMENTS, 'collide', 2);
    assert.equal((await get<Deployment>(DEPLOYMENTS, 'collide')).status?.collisionCount, 1);
  });

  test('a Deployment takes up ReplicaSets that were there before it', async () => {
    await create(DEPLOYMENTS, setOf('Deployment', 'again'));
    await available(DEPLOYMENTS, 'again', 2);
    const before = (await podsOf('again')).map((pod) => pod.metadata.uid).sort();
    await cluster.client.delete(DEPLOYMENTS, { namespace: NAMESPACE, name: 'again' }, { propagationPolicy: 'Orphan' });
    await eventually('the deployment is gone', async () => {
      const { items } = await cluster.client.list(DEPLOYMENTS, { namespace: NAMESPACE });
      return items.every(({ metadata }) => metadata.name !== 'again');
    });
    await create(DEPLOYMENTS, setOf('Deployment', 'again'));
    await available(DEPLOYMENTS, 'again', 2);
    assert.deepEqual((await podsOf('again')).map((pod) => pod.metadata.uid).sort(), before);
  });

  test('a Job counts pods that others delete, once', async () => {
    await create(JOBS, jobOf('counted', 'Running', { completions: 2, parallelism: 2, backoffLimit: 5 }));
    await eventually('two pods run', async () => (await get<Job>(JOBS, 'counted')).status?.ready === 2);
    const [first] = await podsOf('counted');
    await cluster.client.delete(PODS, { namespace: NAMESPACE, name: first?.metadata.name ?? '' });
    await eventually('it counts as failed', async () => (await get<Job>(JOBS, 'counted')).status?.failed === 1);
    await eventually('the pod is let go', async () =>
      (await podsOf('counted')).every(({ metadata }) => metadata.uid !== first?.metadata.uid),
    );
    assert.equal((await get<Job>(JOBS, 'counted')).status?.failed, 1);
  });

  test('a Job that is deleted holds no pod back, orphaned or not', async () => {
    await create(JOBS, jobOf('held', 'Running'));
    await eventually('its pod runs', async () => (await get<Job>(JOBS, 'held')).status?.ready === 1);
    await cluster.client.delete(JOBS, { namespace: NAMESPACE, name: 'held' }, { propagationPolicy: 'Orphan' });
    const [pod] = await eventually('the pod is let go', async () => {
      const pods = await podsOf('held');
      return pods.every(({ metadata }) => metadata.finalizers === undefined) && pods;
    });
    assert.equal(pod?.status?.phase, 'Running');
  });

  test('a Job that another controller manages is left alone', async () => {
    await create(JOBS, jobOf('foreign', 'Running', { managedBy: 'example.com/queue' }));
    await create(JOBS, jobOf('own', 'Succeeded'));
    await eventually('our own is done', async () => (await get<Job>(JOBS, 'own')).status?.succeeded === 1);
    assert.deepEqual([(await get<Job>(JOBS, 'foreign')).status, await podsOf('foreign')], [{}, []]);
  });

  test('a StatefulSet takes the claims of pods with them where its policy says so', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const persistentVolumeClaimRetentionPolicy = { whenScaled: 'Delete', whenDeleted: 'Retain' };
    const spec = { serviceName: 'sts', volumeClaimTemplates: [claim], persistentVolumeClaimRetentionPolicy };
    await create(STATEFUL_SETS, setOf('StatefulSet', 'sts', spec));
    await available(STATEFUL_SETS, 'sts', 2);
    await patch(STATEFUL_SETS, 'sts', { spec: { replicas: 1 } });
    await eventually('the claim goes', async () => {
      const { items } = await cluster.client.list(CLAIMS, { namespace: NAMESPACE });
      return items.every(({ metadata }) => metadata.name !== 'data-sts-1');
    });
    assert.equal((await get(CLAIMS, 'data-sts-0')).metadata.ownerReferences, undefined);
  });

  test('a CronJob starts jobs by the clock and keeps a few', async () => {
    const { spec } = jobOf('tick', 'Succeeded');
    const metadata = { name: 'tick', namespace: NAMESPACE };
    const cron = { schedule: '@every 1s', successfulJobsHistoryLimit: 0, jobTemplate: { spec } };
    await create(CRON_JOBS, { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: cron });
    await eventually(
      'a job succeeded',
      async () => (await get<CronJob>(CRON_JOBS, 'tick')).status?.lastSuccessfulTime !== undefined,
    );
    await patch(CRON_JOBS, 'tick', { spec: { suspend: true } });
    await eventually('no job is kept', async () => {
      const { items } = await cluster.client.list(JOBS, { namespace: NAMESPACE });
      return items.every(({ metadata: { ownerReferences } }) => ownerReferences?.[0]?.name !== 'tick');
    });
  });

  test('a Job goes when its time after the end is over', async () => {
    await create(JOBS, jobOf('short', 'Succeeded', { ttlSecondsAfterFinished: 0 }));
    await eventually('it is gone', async () => {
      const { items } = await cluster.client.list(JOBS, { namespace: NAMESPACE });
      return items.every(({ metadata }) => metadata.name !== 'short') && (await podsOf('short')).length === 0;
    });
  });

  test('Endpoints that people write become slices, and go with them', async () => {
    const metadata = { name: 'by-hand', namespace: NAMESPACE };
    await create(SERVICES, { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } });
    const subsets = [
      { addresses: [{ ip: '192.0.2.7' }], notReadyAddresses: [{ ip: '192.0.2.8' }], ports: [{ port: 81 }] },
    ];
    await create(ENDPOINTS, { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets });
    const slices = async () => {
      const labelSelector = 'kubernetes.io/service-name=by-hand';
      return (await cluster.client.list<EndpointSlice>(ENDPOINT_SLICES, { namespace: NAMESPACE, labelSelector })).items;
    };
    const [slice] = await eventually('they are mirrored', async () => {
      const found = await slices();
      return found.length > 0 && found;
    });
    const shown = slice?.endpoints?.map(({ addresses, conditions }) => [addresses[0], conditions?.ready]);
    assert.deepEqual(shown, [
      ['192.0.2.7', true],
      ['192.0.2.8', false],
    ]);
    await cluster.client.delete(ENDPOINTS, metadata);
    await eventually('the slice is gone', async () => (await slices()).length === 0);
  });

  test('Events tell what became of a set, many alike as one', async () => {
    await create(REPLICA_SETS, setOf('ReplicaSet', 'told', { replicas: 30 }));
    await available(REPLICA_SETS, 'told', 30);
    await eventually('an Event stands for many', async () => {
      const { items } = await cluster.client.list(EVENTS, {
        namespace: NAMESPACE,
        fieldSelector: 'involvedObject.name=told',
      });
      return (
        items.length <= 10 && items.some(({ message }) => String(message).startsWith('(combined from similar events)'))
      );
    });
  });
});

test('controllers go on where they were after a restart', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hako-controllers-'));
  const options = { fakeNodes: 1, dataDir: join(dataDir, 'state') };
  try {
    {
      await using cluster = await createCluster(options);
      await cluster.client.create(DEPLOYMENTS, setOf('Deployment', 'web', { replicas: 40 }));
      await eventually(
        'it has begun',
        async () => (await cluster.client.list(PODS, { namespace: NAMESPACE })).items.length > 0,
      );
    }
    await using cluster = await createCluster(options);
    await eventually('all pods serve', async () => {
      const { status } = await cluster.client.get<Deployment>(DEPLOYMENTS, { namespace: NAMESPACE, name: 'web' });
      return status?.availableReplicas === 40;
    });
    assert.equal((await cluster.client.list(PODS, { namespace: NAMESPACE })).items.length, 40);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
});
