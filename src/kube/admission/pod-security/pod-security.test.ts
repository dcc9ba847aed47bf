import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { PodSpec } from '#kube/api/resources';
import { READ_RESOURCES } from '../common/resources.ts';
import { type Asked, clientOf, objectsOf, PODS, pod, run } from '../testing/attributes.ts';
import { describeViolations, violations } from './evaluate.ts';
import { type Level, policyOf } from './level.ts';
import { podSecurity } from './plugin.ts';

const LATEST = Number.POSITIVE_INFINITY;
/** Keeps all of the restricted profile. */
const SAFE = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
};

function safe(spec: Record<string, unknown> = {}, securityContext: Record<string, unknown> = {}): PodSpec {
  return { containers: [{ name: 'main', image: 'x', securityContext: { ...SAFE, ...securityContext } }], ...spec };
}
const container = (securityContext: Record<string, unknown>) => safe({}, securityContext);

type Case = readonly [level: Level, spec: PodSpec, found: string, minor?: number, annotations?: Record<string, string>];

const CASES: readonly Case[] = [
  ['restricted', safe(), ''],
  ['privileged', container({ privileged: true }), ''],
  ['baseline', { containers: [{ name: 'main' }] }, ''],
  [
    'restricted',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]), ' +
      'runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true), ' +
      'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  [
    'baseline',
    container({ privileged: true }),
    'privileged (container "main" must not set securityContext.privileged=true)',
  ],
  [
    'baseline',
    safe({ hostNetwork: true, hostPID: true, hostIPC: true }),
    'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
  ],
  ['baseline', safe({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), 'hostPath volumes (volume "v")'],
  [
    'restricted',
    safe({
      volumes: [
        { name: 'v', hostPath: { path: '/' } },
        { name: 'n', nfs: {} },
        { name: 'ok', emptyDir: {} },
      ],
    }),
    'restricted volume types (volumes "v", "n" use restricted volume types "hostPath", "nfs")',
  ],
  [
    'baseline',
    {
      containers: [
        { name: 'a', ports: [{ hostPort: 80 }, { hostPort: 0 }] },
        { name: 'b', ports: [{ hostPort: 443 }] },
      ],
    },
    'hostPort (containers "a", "b" use hostPorts 443, 80)',
  ],
  [
    'baseline',
    container({ capabilities: { add: ['CHOWN', 'SYS_ADMIN'] } }),
    'non-default capabilities (container "main" must not include "SYS_ADMIN" in securityContext.capabilities.add)',
  ],
  [
    'restricted',
    container({ capabilities: { drop: ['ALL'], add: ['CHOWN', 'NET_BIND_SERVICE'] } }),
    'unrestricted capabilities (container "main" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    'baseline',
    container({ procMount: 'Unmasked' }),
    'procMount (container "main" must not set securityContext.procMount to "Unmasked")',
  ],
  ['baseline', safe({ hostUsers: false }, { procMount: 'Unmasked' }), ''],
  [
    'baseline',
    safe({ hostUsers: false }, { procMount: 'Unmasked' }),
    'procMount (container "main" must not set securityContext.procMount to "Unmasked")',
    30,
  ],
  ['restricted', safe({ hostUsers: false }, { runAsNonRoot: undefined, runAsUser: 0 }), ''],
  [
    'restricted',
    container({ runAsNonRoot: false }),
    'runAsNonRoot != true (container "main" must not set securityContext.runAsNonRoot=false)',
  ],
  ['restricted', safe({ securityContext: { runAsNonRoot: true } }, { runAsNonRoot: undefined }), ''],
  ['restricted', safe({ securityContext: { runAsUser: 0 } }), 'runAsUser=0 (pod must not set runAsUser=0)'],
  ['restricted', safe({ securityContext: { runAsUser: 0 } }), '', 22],
  [
    'baseline',
    container({ seccompProfile: { type: 'Unconfined' } }),
    'seccompProfile (container "main" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    'restricted',
    safe({ securityContext: { seccompProfile: { type: 'Localhost' } } }, { seccompProfile: undefined }),
    '',
  ],
  ['restricted', { ...safe({}, { seccompProfile: undefined }) }, '', 18],
  [
    'baseline',
    safe(),
    'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    18,
    { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
  ],
  [
    'baseline',
    safe({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    'baseline',
    safe(),
    'forbidden AppArmor profile (annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/main=\\"unconfined\\"")',
    LATEST,
    { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' },
  ],
  ['baseline', safe(), '', LATEST, { 'container.apparmor.security.beta.kubernetes.io/main': 'localhost/x' }],
  [
    'baseline',
    container({ seLinuxOptions: { type: 'spc_t', user: 'u' } }),
    'seLinuxOptions (container "main" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set)',
  ],
  ['baseline', container({ seLinuxOptions: { type: 'container_engine_t' } }), ''],
  [
    'baseline',
    container({ seLinuxOptions: { type: 'container_engine_t' } }),
    'seLinuxOptions (container "main" set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    30,
  ],
  [
    'baseline',
    safe({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }, { name: 'kernel.msgmax' }] } }),
    'forbidden sysctls (kernel.msgmax)',
  ],
  [
    'baseline',
    safe({ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem' }] } }),
    'forbidden sysctls (net.ipv4.tcp_rmem)',
    31,
  ],
  [
    'baseline',
    safe({ securityContext: { windowsOptions: { hostProcess: true } } }),
    'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  ],
  ['restricted', { os: { name: 'windows' }, containers: [{ name: 'a', securityContext: { runAsNonRoot: true } }] }, ''],
  [
    'baseline',
    { containers: [{ name: 'a', livenessProbe: { httpGet: { host: '10.0.0.1' } } }] },
    'probe or lifecycle host (container "a" uses probe or lifecycle host "10.0.0.1")',
  ],
  ['baseline', { containers: [{ name: 'a', livenessProbe: { httpGet: { host: '10.0.0.1' } } }] }, '', 33],
  [
    'baseline',
    {
      initContainers: [{ name: 'i', securityContext: { privileged: true } }],
      ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }],
    },
    'privileged (containers "i", "e" must not set securityContext.privileged=true)',
  ],
];
for (const [i, [level, spec, found, minor = LATEST, annotations = {}]] of CASES.entries()) {
  test(`violations ${i}: ${level}: ${found || 'none'}`, () => {
    assert.equal(describeViolations(violations({ level, minor }, { annotations }, spec)), found);
  });
}

const LABEL = 'pod-security.kubernetes.io/';

function namespace(labels: Record<string, string>): KubeObject {
  const all = Object.fromEntries(Object.entries(labels).map(([key, value]) => [LABEL + key, value]));
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: all } };
}

function plugin(labels: Record<string, string>, ...pods: KubeObject[]) {
  const { namespaces, pods: resource } = READ_RESOURCES;
  return podSecurity(
    objectsOf([namespaces, namespace(labels)], ...pods.map((one) => [resource, one] as const)),
    clientOf(),
  );
}

test('PodSecurity refuses what its namespace enforces against', async () => {
  const object = pod({ hostNetwork: true });
  await assert.rejects(run(plugin({ enforce: 'baseline' }), { object }), {
    code: 403,
    message: 'pods "web" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
  });
  await run(plugin({}), { object });
  const { annotations } = await run(plugin({ enforce: 'baseline', 'enforce-version': 'v1.25' }), { object: pod() });
  assert.deepEqual(annotations, { [`${LABEL}enforce-policy`]: 'baseline:v1.25' });
});

test('PodSecurity warns and notes where it does not enforce', async () => {
  const { warnings, annotations } = await run(plugin({ warn: 'baseline', audit: 'baseline' }), {
    object: pod({ hostPID: true }),
  });
  const text = 'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)';
  assert.deepEqual(warnings, [text]);
  assert.equal(annotations[`${LABEL}audit-violations`], text);
});

const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const CRON_JOBS = { group: 'batch', version: 'v1', resource: 'cronjobs' };

test('PodSecurity warns of workloads whose pods would be refused, and lets them be', async () => {
  const template = { spec: { hostNetwork: true, containers: [] } };
  const deployment = { ...pod(), kind: 'Deployment', spec: { template } };
  const cronJob = { ...pod(), kind: 'CronJob', spec: { jobTemplate: { spec: { template } } } };
  for (const asked of [
    { resource: DEPLOYMENTS, object: deployment },
    { resource: CRON_JOBS, object: cronJob },
  ] satisfies Asked[]) {
    const { warnings } = await run(plugin({ enforce: 'baseline' }), asked);
    assert.deepEqual(warnings, ['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)']);
  }
});

test('PodSecurity looks at updates only where they change what it is about', async () => {
  const enforcing = plugin({ enforce: 'baseline' });
  const old = pod({ hostNetwork: true });
  await run(enforcing, {
    operation: 'UPDATE',
    object: { ...old, metadata: { name: 'web', labels: { a: 'b' } } },
    oldObject: old,
  });
  const image = pod({ hostNetwork: true, containers: [{ name: 'main', image: 'y' }] });
  await assert.rejects(run(enforcing, { operation: 'UPDATE', object: image, oldObject: old }), { code: 403 });
  const debug = pod({ hostNetwork: true, ephemeralContainers: [{ name: 'd', image: 'z' }] });
  await assert.rejects(
    run(enforcing, { operation: 'UPDATE', subresource: 'ephemeralcontainers', object: debug, oldObject: old }),
    { code: 403 },
  );
  await run(enforcing, { operation: 'UPDATE', subresource: 'status', object: image, oldObject: old });
});

const NAMESPACES = { ...PODS, resource: 'namespaces' };

test('PodSecurity refuses labels that mean nothing', async () => {
  const object = namespace({ enforce: 'strict', 'warn-version': '1.2' });
  const asked: Asked = { resource: NAMESPACES, namespace: '', object };
  await assert.rejects(run(plugin({}), asked), {
    code: 422,
    message:
      `Namespace "shop" is invalid: [metadata.labels[${LABEL}enforce]: Invalid value: "strict": must be one of privileged, baseline, ` +
      `restricted, metadata.labels[${LABEL}warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]`,
  });
  await run(plugin({}), { ...asked, operation: 'UPDATE', oldObject: object });
});

test('PodSecurity warns of the pods that a stricter policy finds', async () => {
  const pods = ['b', 'a', 'c'].map((name) => pod({ hostNetwork: true }, { name }));
  const found = plugin({}, ...pods, pod({ hostPID: true }, { name: 'd' }), pod({}, { name: 'fine' }));
  const asked: Asked = { operation: 'UPDATE', resource: NAMESPACES, namespace: '', oldObject: namespace({}) };
  const { warnings } = await run(found, { ...asked, object: namespace({ enforce: 'baseline' }) });
  assert.deepEqual(warnings, [
    'existing pods in namespace "shop" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 3 other pods): host namespaces',
  ]);
  const relaxed = await run(found, {
    ...asked,
    oldObject: namespace({ enforce: 'restricted' }),
    object: namespace({ enforce: 'baseline' }),
  });
  assert.deepEqual(relaxed.warnings, []);
});

test('policyOf is strict where it enforces what it cannot read, and silent elsewhere', () => {
  const { policy, errors } = policyOf(namespace({ enforce: 'x', audit: 'y', warn: 'z' }).metadata.labels);
  assert.deepEqual(
    [policy.enforce.level, policy.audit.level, policy.warn.level],
    ['restricted', 'privileged', 'privileged'],
  );
  assert.equal(errors.length, 3);
});
