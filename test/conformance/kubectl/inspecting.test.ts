import assert from 'node:assert/strict';
import { deployment, manifest, pod } from './support/objects.ts';
import { withEachKubectl } from './support/scenarios.ts';

/** Kinds that `describe` has words of its own for, and some that it has none for: one object of each. */
const DESCRIBED: readonly (readonly [apiVersion: string, kind: string, fields: object])[] = [
  ['v1', 'ConfigMap', { data: { a: 'b' }, binaryData: { c: 'AAE=' } }],
  ['v1', 'Secret', { stringData: { a: 'b' } }],
  ['v1', 'ServiceAccount', {}],
  ['v1', 'Service', { spec: { ports: [{ port: 80 }] } }],
  ['v1', 'Endpoints', { subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 80 }] }] }],
  ['v1', 'LimitRange', { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } }],
  ['v1', 'ResourceQuota', { spec: { hard: { 'count/leases.coordination.k8s.io': '5' } } }],
  [
    'v1',
    'PersistentVolumeClaim',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  ],
  ['v1', 'ReplicationController', { spec: { replicas: 0, selector: { a: 'rc' }, template: template('rc') } }],
  [
    'apps/v1',
    'ReplicaSet',
    { spec: { replicas: 0, selector: { matchLabels: { a: 'rs' } }, template: template('rs') } },
  ],
  ['apps/v1', 'DaemonSet', { spec: { selector: { matchLabels: { a: 'ds' } }, template: template('ds') } }],
  [
    'apps/v1',
    'StatefulSet',
    { spec: { replicas: 0, serviceName: 'x', selector: { matchLabels: { a: 'ss' } }, template: template('ss') } },
  ],
  [
    'batch/v1',
    'CronJob',
    { spec: { schedule: '@daily', jobTemplate: { spec: { template: template('cj', 'Never') } } } },
  ],
  ['batch/v1', 'Job', { spec: { suspend: true, template: template('job', 'Never') } }],
  ['networking.k8s.io/v1', 'Ingress', { spec: { defaultBackend: { service: { name: 'x', port: { number: 80 } } } } }],
  ['networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, policyTypes: ['Ingress'] } }],
  ['policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: 1, selector: { matchLabels: { a: 'b' } } } }],
  ['rbac.authorization.k8s.io/v1', 'Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }],
  [
    'rbac.authorization.k8s.io/v1',
    'RoleBinding',
    { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' } },
  ],
  [
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } } },
  ],
  ['coordination.k8s.io/v1', 'Lease', { spec: { holderIdentity: 'x' } }],
  [
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.9'] }], ports: [{ port: 80 }] },
  ],
];

/** Kinds without a namespace; the server has objects of some already. */
const DESCRIBED_CLUSTER_WIDE: readonly (readonly [apiVersion: string, kind: string, fields: object])[] = [
  [
    'v1',
    'PersistentVolume',
    { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } },
  ],
  ['storage.k8s.io/v1', 'StorageClass', { provisioner: 'example.com/x' }],
  ['storage.k8s.io/v1', 'CSIDriver', { spec: {} }],
  ['scheduling.k8s.io/v1', 'PriorityClass', { value: 3 }],
  ['networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'example.com/x' } }],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] }],
  ['node.k8s.io/v1', 'RuntimeClass', { handler: 'x' }],
];

withEachKubectl((scenario) => {
  scenario('describe of objects of every kind', async ({ kubectl, namespace }) => {
    const texts = DESCRIBED.map(([apiVersion, kind, fields]) => manifest(apiVersion, kind, 'x', { ...fields }));
    const wide = DESCRIBED_CLUSTER_WIDE.map(([apiVersion, kind, fields]) =>
      manifest(apiVersion, kind, namespace, { ...fields }),
    );
    const file = kubectl.file(`${namespace}.yaml`, [...texts, ...wide].join(''));
    await kubectl.ok('create', '-f', file);
    const described = await kubectl.ok('describe', '-f', file);
    assert.equal(described.match(/^Name: +\S/gm)?.length, DESCRIBED.length + DESCRIBED_CLUSTER_WIDE.length);
  });

  scenario('describe of what runs tells of its surroundings', async ({ kubectl, namespace }) => {
    await kubectl.okWith(deployment('d', 1), 'create', '-f', '-');
    await kubectl.ok('rollout', 'status', 'deploy/d', '--timeout=20s');
    assert.match(
      await kubectl.ok('describe', 'deploy', 'd'),
      /NewReplicaSet: +d-\w+ \(1\/1 replicas created\)[\s\S]*ScalingReplicaSet/,
    );
    assert.match(
      await kubectl.ok('describe', 'pods', '-l', 'app=d'),
      /Controlled By: +ReplicaSet\/d-[\s\S]*QoS Class: +BestEffort/,
    );
    assert.match(
      await kubectl.ok('describe', 'node', 'fake-1'),
      /Lease:\n +HolderIdentity: +fake-1[\s\S]*Allocatable:/,
    );
    assert.match(await kubectl.ok('describe', 'ns', namespace), /Status: +Active/);
    assert.match(await kubectl.fails('describe', 'pod', 'nope'), /pods "nope" not found/);
  });

  scenario('events of all and of one', async ({ kubectl }) => {
    await kubectl.okWith(deployment('d', 1), 'create', '-f', '-');
    await kubectl.ok('rollout', 'status', 'deploy/d', '--timeout=20s');
    assert.match(await kubectl.ok('events'), /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
    assert.match(
      await kubectl.ok('events', '--for', 'deploy/d', '--types=Normal'),
      /ScalingReplicaSet +Deployment\/d /,
    );
    assert.match(
      await kubectl.ok('get', 'events', '--field-selector=involvedObject.kind=Deployment,reason=ScalingReplicaSet'),
      /deployment\/d/,
    );
    assert.match(await kubectl.ok('get', 'ev', '--sort-by=.lastTimestamp'), /LAST SEEN +TYPE +REASON +OBJECT +MESSAGE/);
  });

  scenario('explain of kinds, fields and versions', async ({ kubectl }) => {
    assert.match(
      await kubectl.ok('explain', 'pod'),
      /KIND: +Pod\nVERSION: +v1\n[\s\S]*DESCRIPTION:[\s\S]*spec\t<PodSpec>/,
    );
    assert.match(
      await kubectl.ok('explain', 'deploy.spec.strategy.type'),
      /GROUP: +apps[\s\S]*FIELD: type <string>[\s\S]*Recreate/,
    );
    assert.match(
      await kubectl.ok('explain', 'cj.spec', '--recursive'),
      /containers\t<\[\]Container> -required-[\s\S]*successfulJobsHistoryLimit/,
    );
    assert.match(
      await kubectl.ok('explain', 'hpa.spec', '--api-version=autoscaling/v1'),
      /targetCPUUtilizationPercentage/,
    );
    assert.match(await kubectl.fails('explain', 'pod.spec.nope'), /field "nope" does not exist/);
  });

  scenario('explain --output=plaintext-openapiv2 reads the older document', async ({ kubectl }) => {
    if (kubectl.minor > 30) return;
    assert.match(await kubectl.ok('explain', 'pod.spec.nodeName', '--output=plaintext-openapiv2'), /nodeName <string>/);
  });

  scenario('cluster-info, config and completion', async ({ kubectl, cluster }) => {
    assert.ok(
      (await kubectl.ok('cluster-info')).includes(`running at`) &&
        (await kubectl.ok('cluster-info')).includes(cluster.url),
    );
    assert.match(await kubectl.ok('config', 'view', '--minify'), /server: https:\/\/127\.0\.0\.1:/);
    assert.equal((await kubectl.ok('config', 'get-contexts', '-o', 'name')).split('\n').length, 1);
    await kubectl.ok('config', 'current-context');
    assert.match(await kubectl.ok('__complete', 'get', 'confi'), /^configmaps$/m);
    assert.match(await kubectl.ok('__complete', 'describe', 'nodes', 'fake-'), /^fake-1\nfake-2$/m);
    assert.match(await kubectl.ok('completion', 'bash'), /__start_kubectl/);
  });

  scenario('commands that want an agent or metrics say so at once', async ({ kubectl }) => {
    await kubectl.okWith(pod('p'), 'create', '-f', '-');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/p', '--timeout=20s');
    const noAgent = /no agent serves the node "fake-\d"/;
    assert.match(await kubectl.fails('logs', 'p'), noAgent);
    assert.match(await kubectl.fails('exec', 'p', '--', 'ls'), noAgent);
    assert.match(await kubectl.fails('attach', 'p'), noAgent);
    assert.match(await kubectl.fails('cp', 'p:/x', 'x'), noAgent);
    assert.match(await kubectl.fails('port-forward', 'p', ':80'), noAgent);
    assert.match(await kubectl.fails('exec', 'nope', '--', 'ls'), /pods "nope" not found/);
    assert.match(await kubectl.fails('top', 'pods'), /Metrics API not available/);
    assert.match(await kubectl.fails('top', 'nodes'), /Metrics API not available/);
  });

  scenario('debug adds a container to a pod that runs, or copies it', async ({ kubectl }) => {
    await kubectl.okWith(pod('p'), 'create', '-f', '-');
    await kubectl.ok('wait', '--for=condition=Ready', 'pod/p', '--timeout=20s');
    await kubectl.ok('debug', 'p', '--image=busybox', '--container=dbg', '--target=main', '--attach=false');
    assert.equal(
      await kubectl.ok(
        'get',
        'pod/p',
        '-o',
        'jsonpath={.spec.ephemeralContainers[0].name}:{.spec.ephemeralContainers[0].targetContainerName}',
      ),
      'dbg:main',
    );
    await kubectl.ok('debug', 'p', '--image=busybox', '--copy-to=copy', '--attach=false');
    assert.match(await kubectl.ok('get', 'pod/copy', '-o', 'jsonpath={.spec.containers[*].name}'), /^main debugger-/);
    await kubectl.ok('debug', 'node/fake-1', '--image=busybox', '--attach=false');
    assert.match(await kubectl.ok('get', 'pods', '-o', 'name'), /pod\/node-debugger-fake-1-/);
  });
});

function template(label: string, restartPolicy?: string): object {
  return { metadata: { labels: { a: label } }, spec: { containers: [{ name: 'x', image: 'x' }], restartPolicy } };
}
