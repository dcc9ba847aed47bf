import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPullPolicy } from '../pod-spec/image.ts';
import type { Container, PodSpec } from '../pod-spec/mod.ts';
import { setPodDefaults } from './defaults.ts';
import { podGracePeriodSeconds } from './grace-period.ts';
import { preparePodForCreate } from './prepare.ts';
import { type QosClass, qosClassOf } from './qos.ts';
import type { Pod } from './types.ts';

function defaulted(spec: PodSpec): PodSpec {
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: structuredClone(spec) };
  setPodDefaults(pod);
  const once = structuredClone(pod);
  setPodDefaults(pod);
  assert.deepEqual(pod, once, 'defaults are idempotent');
  return pod.spec;
}

function container(fields: Container): Container | undefined {
  return defaulted({ containers: [{ name: 'a', image: 'b:1', ...fields }] }).containers?.[0];
}

test('setPodDefaults makes of a plain pod what upstream makes of it', () => {
  assert.deepEqual(defaulted({ containers: [{ name: 'a', image: 'nginx' }] }), {
    containers: [
      {
        name: 'a',
        image: 'nginx',
        imagePullPolicy: 'Always',
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        resources: {},
      },
    ],
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    enableServiceLinks: true,
  });
});

test('defaultPullPolicy goes by the tag', () => {
  const cases: Record<string, string> = {
    nginx: 'Always',
    'nginx:latest': 'Always',
    'nginx:1': 'IfNotPresent',
    'registry:5000/nginx': 'Always',
    'registry:5000/nginx:1': 'IfNotPresent',
    'registry:5000/nginx:latest': 'Always',
    [`nginx@sha256:${'0'.repeat(64)}`]: 'IfNotPresent',
    [`nginx:latest@sha256:${'0'.repeat(64)}`]: 'IfNotPresent',
    '': 'Always',
  };
  for (const [image, policy] of Object.entries(cases)) assert.equal(defaultPullPolicy(image), policy, image);
});

test('setPodDefaults asks for the limits where nothing is asked for, in canonical amounts', () => {
  assert.deepEqual(
    container({ resources: { limits: { cpu: '1000m', memory: '1024Mi' }, requests: { cpu: '0.5' } } })?.resources,
    {
      limits: { cpu: '1', memory: '1Gi' },
      requests: { cpu: '500m', memory: '1Gi' },
    },
  );
});

test('setPodDefaults fills in probes, ports, hooks and references', () => {
  const full = container({
    ports: [{ containerPort: 80 }],
    livenessProbe: { httpGet: { port: 80 } },
    readinessProbe: { grpc: { port: 1 }, periodSeconds: 5 },
    lifecycle: { preStop: { httpGet: { port: 1, path: '/x', scheme: 'HTTPS' } } },
    env: [
      { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ],
  });
  assert.deepEqual(full?.ports, [{ containerPort: 80, protocol: 'TCP' }]);
  assert.deepEqual(full?.livenessProbe, {
    httpGet: { port: 80, path: '/', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.deepEqual(full?.readinessProbe?.grpc, { port: 1, service: '' });
  assert.equal(full?.readinessProbe?.periodSeconds, 5);
  assert.deepEqual(full?.lifecycle?.preStop?.httpGet, { port: 1, path: '/x', scheme: 'HTTPS' });
  assert.deepEqual(full?.env, [
    { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } } },
    { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '0' } } },
  ]);
});

test('setPodDefaults fills in volumes', () => {
  const { volumes } = defaulted({
    containers: [],
    volumes: [
      { name: 'a' },
      { name: 'b', secret: { secretName: 's' } },
      { name: 'c', configMap: { name: 'c', defaultMode: 0o400 } },
      { name: 'd', hostPath: { path: '/' } },
      { name: 'e', downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { name: 'f', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      { name: 'g', ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: '1024Mi' } } } } } },
      { name: 'h', emptyDir: { sizeLimit: '1000Ki' } },
      { name: 'i', image: { reference: 'x:1' } },
      { name: 'j', iscsi: { targetPortal: 'p', iqn: 'iqn.2001-04.com.example:a', lun: 0 } },
    ],
  });
  assert.deepEqual(volumes, [
    { name: 'a', emptyDir: {} },
    { name: 'b', secret: { secretName: 's', defaultMode: 420 } },
    { name: 'c', configMap: { name: 'c', defaultMode: 256 } },
    { name: 'd', hostPath: { path: '/', type: '' } },
    {
      name: 'e',
      downwardAPI: {
        defaultMode: 420,
        items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name', apiVersion: 'v1' } }],
      },
    },
    {
      name: 'f',
      projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }] },
    },
    {
      name: 'g',
      ephemeral: {
        volumeClaimTemplate: { spec: { volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } } },
      },
    },
    { name: 'h', emptyDir: { sizeLimit: '1000Ki' } },
    { name: 'i', image: { reference: 'x:1', pullPolicy: 'IfNotPresent' } },
    { name: 'j', iscsi: { targetPortal: 'p', iqn: 'iqn.2001-04.com.example:a', lun: 0, iscsiInterface: 'default' } },
  ]);
});

test('setPodDefaults keeps the old name of the service account in step', () => {
  assert.equal(defaulted({ serviceAccountName: 'x' }).serviceAccount, 'x');
  assert.equal(defaulted({ serviceAccount: 'y' }).serviceAccountName, 'y');
  assert.equal(defaulted({ serviceAccount: 'y', serviceAccountName: 'x' }).serviceAccount, 'x');
});

test('setPodDefaults takes ports of the host on its network', () => {
  const spec = defaulted({ hostNetwork: true, containers: [{ name: 'a', ports: [{ containerPort: 80 }] }] });
  assert.equal(spec.containers?.[0]?.ports?.[0]?.hostPort, 80);
});

test('setPodDefaults derives resources of the pod from its containers', () => {
  const spec = defaulted({
    containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }, { name: 'b' }],
    initContainers: [
      { name: 's', restartPolicy: 'Always', resources: { requests: { cpu: '500m' } } },
      { name: 'i', resources: { requests: { cpu: '2' } } },
    ],
    resources: { limits: { cpu: '4', memory: '1Gi' } },
  });
  assert.deepEqual(spec.resources, { limits: { cpu: '4', memory: '1Gi' }, requests: { cpu: '2500m', memory: '1Gi' } });
});

test('setPodDefaults gives a pod that asks for something no limits', () => {
  const limits = { cpu: '1', memory: '1Gi' };
  const { resources } = defaulted({
    containers: [{ name: 'a', resources: { limits } }],
    resources: { requests: { cpu: '2' } },
  });
  assert.deepEqual(resources, { requests: { cpu: '2' } });
});

const QOS: readonly (readonly [QosClass, PodSpec])[] = [
  ['BestEffort', { containers: [{ name: 'a' }] }],
  ['BestEffort', { containers: [{ name: 'a', resources: { limits: { 'example.com/x': '1' } } }] }],
  ['Burstable', { containers: [{ name: 'a', resources: { requests: { cpu: '1' } } }] }],
  ['Burstable', { containers: [{ name: 'a', resources: { limits: { cpu: '1' } } }] }],
  ['Guaranteed', { containers: [{ name: 'a', resources: { limits: { cpu: '1', memory: '1' } } }] }],
  ['Burstable', { containers: [{ name: 'a', resources: { limits: { cpu: '1', memory: '1' } } }, { name: 'b' }] }],
  [
    'Burstable',
    {
      containers: [
        { name: 'a', resources: { limits: { cpu: '1', memory: '2' }, requests: { cpu: '1', memory: '1' } } },
      ],
    },
  ],
  ['Guaranteed', { containers: [{ name: 'a' }], resources: { limits: { cpu: '1', memory: '1Gi' } } }],
  ['BestEffort', { containers: [{ name: 'a', resources: { limits: { cpu: '0' } } }] }],
];

test('qosClassOf knows the three classes', () => {
  for (const [expected, spec] of QOS) assert.equal(qosClassOf(defaulted(spec)), expected, JSON.stringify(spec));
});

test('preparePodForCreate starts every pod as pending', () => {
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web', hash: '7' } },
    spec: {
      schedulingGates: [{ name: 'a/b' }],
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'zone', labelSelector: {}, matchLabelKeys: ['hash', 'gone'], mismatchLabelKeys: ['app'] },
          ],
        },
      },
    },
    status: { phase: 'Running', podIP: '6.6.6.6' },
  };
  preparePodForCreate(pod);
  assert.equal(pod.status?.phase, 'Pending');
  assert.equal(pod.status?.podIP, undefined);
  assert.equal(pod.status?.qosClass, 'BestEffort');
  assert.equal(pod.status?.conditions?.[0]?.reason, 'SchedulingGated');
  const term = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0];
  assert.deepEqual(term?.labelSelector, {
    matchExpressions: [
      { key: 'hash', operator: 'In', values: ['7'] },
      { key: 'app', operator: 'NotIn', values: ['web'] },
    ],
  });
});

test('podGracePeriodSeconds lets pods go at once that run nowhere', () => {
  const pod = (spec: PodSpec, phase = 'Running'): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {},
    spec,
    status: { phase },
  });
  const placed = { nodeName: 'n', terminationGracePeriodSeconds: 30 };
  assert.equal(podGracePeriodSeconds(pod(placed), undefined), 30);
  assert.equal(podGracePeriodSeconds(pod(placed), 5), 5);
  assert.equal(podGracePeriodSeconds(pod(placed), 0), 0);
  assert.equal(podGracePeriodSeconds(pod({ ...placed, terminationGracePeriodSeconds: -1 }), undefined), 1);
  assert.equal(podGracePeriodSeconds(pod({ terminationGracePeriodSeconds: 30 }), 10), 0);
  assert.equal(podGracePeriodSeconds(pod(placed, 'Succeeded'), 10), 0);
  assert.equal(podGracePeriodSeconds(pod(placed, 'Failed'), undefined), 0);
});

test('setPodDefaults keeps the two fields of the address in step', () => {
  const status = (given: Pod['status']) => {
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: {}, status: given };
    setPodDefaults(pod);
    return [pod.status?.podIP, pod.status?.podIPs?.map(({ ip }) => ip)];
  };
  assert.deepEqual(status({ podIP: '1.1.1.1' }), ['1.1.1.1', ['1.1.1.1']]);
  assert.deepEqual(status({ podIPs: [{ ip: '1.1.1.1' }, { ip: '::1' }] }), ['1.1.1.1', ['1.1.1.1', '::1']]);
  assert.deepEqual(status({ podIP: '2.2.2.2', podIPs: [{ ip: '1.1.1.1' }, { ip: '::1' }] }), ['2.2.2.2', ['2.2.2.2']]);
  assert.deepEqual(status({}), [undefined, undefined]);
});
