import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import type { PodSpec } from '#kube/api/resources';
import { READ_RESOURCES } from '../common/resources.ts';
import { type Asked, clientOf, objectsOf, pod, run, specOf } from '../testing/attributes.ts';
import { serviceAccountPlugin } from './service-account.ts';

const { serviceAccounts: ACCOUNTS } = READ_RESOURCES;
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

function account(fields: Record<string, unknown> = {}, name = 'default'): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'shop' }, ...fields };
}

async function admitted(object: KubeObject, fields?: Record<string, unknown>): Promise<PodSpec> {
  const plugin = serviceAccountPlugin(objectsOf([ACCOUNTS, account(fields)]), clientOf());
  return specOf(await run(plugin, { object }));
}

test('ServiceAccount gives a pod the default account and mounts its token into all containers', async () => {
  const spec = await admitted(pod({ initContainers: [{ name: 'init', image: 'x' }] }));
  assert.equal(spec.serviceAccountName, 'default');
  assert.equal(spec.serviceAccount, 'default');
  const [volume] = spec.volumes ?? [];
  assert.match(volume?.name ?? '', /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.deepEqual(volume?.projected, {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  });
  const mounts = [{ name: volume?.name, readOnly: true, mountPath: MOUNT_PATH }];
  assert.deepEqual([spec.containers?.[0]?.volumeMounts, spec.initContainers?.[0]?.volumeMounts], [mounts, mounts]);
});

const UNMOUNTED: readonly (readonly [
  title: string,
  spec: Record<string, unknown>,
  account: Record<string, unknown>,
])[] = [
  ['the pod says so', { automountServiceAccountToken: false }, { automountServiceAccountToken: true }],
  ['the account says so', {}, { automountServiceAccountToken: false }],
  [
    'something is mounted there',
    { containers: [{ name: 'a', volumeMounts: [{ name: 'own', mountPath: MOUNT_PATH }] }] },
    {},
  ],
];
for (const [title, spec, fields] of UNMOUNTED) {
  test(`ServiceAccount mounts no token where ${title}`, async () => {
    assert.equal((await admitted(pod(spec), fields)).volumes, undefined);
  });
}

test('ServiceAccount uses the volume for the token that is there', async () => {
  const spec = await admitted(pod({ volumes: [{ name: 'kube-api-access-mine' }] }));
  assert.equal(spec.volumes?.length, 1);
  assert.equal(spec.containers?.[0]?.volumeMounts?.[0]?.name, 'kube-api-access-mine');
});

test('ServiceAccount gives a pod the pull secrets of its account, unless it has some', async () => {
  const fields = { imagePullSecrets: [{ name: 'a' }] };
  assert.deepEqual((await admitted(pod(), fields)).imagePullSecrets, [{ name: 'a' }]);
  const own = [{ name: 'own' }];
  assert.deepEqual((await admitted(pod({ imagePullSecrets: own }), fields)).imagePullSecrets, own);
});

test('ServiceAccount refuses an account that is not there', async () => {
  const plugin = serviceAccountPlugin(objectsOf(), clientOf());
  await assert.rejects(run(plugin, { object: pod({ serviceAccountName: 'other' }) }), {
    code: 403,
    message: 'pods "web" is forbidden: error looking up service account shop/other: serviceaccount "other" not found',
  });
});

test('ServiceAccount waits for the default account while the controller makes it', async () => {
  const objects = objectsOf();
  const admission = run(serviceAccountPlugin(objects, clientOf()), { object: pod() });
  setImmediate(() => objects.put(ACCOUNTS, account()));
  assert.equal(specOf(await admission).serviceAccountName, 'default');
});

test('ServiceAccount says at last that there is no default account', async () => {
  await assert.rejects(run(serviceAccountPlugin(objectsOf(), clientOf()), { object: pod() }), {
    message:
      'pods "web" is forbidden: error looking up service account shop/default: serviceaccount "default" not found',
  });
});

const MIRROR = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
const MIRRORS: readonly (readonly [spec: Record<string, unknown>, why: string])[] = [
  [{ serviceAccountName: 'default' }, 'a mirror pod may not reference service accounts'],
  [{ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'a mirror pod may not reference secrets'],
  [{ imagePullSecrets: [{ name: 's' }] }, 'a mirror pod may not reference secrets'],
  [{ containers: [{ name: 'a', envFrom: [{ secretRef: { name: 's' } }] }] }, 'a mirror pod may not reference secrets'],
  [
    { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    'a mirror pod may not use ServiceAccountToken volume projections',
  ],
];
for (const [spec, why] of MIRRORS) {
  test(`ServiceAccount: ${why}: ${JSON.stringify(spec)}`, async () => {
    await assert.rejects(admitted(pod(spec, MIRROR)), { message: `pods "web" is forbidden: ${why}` });
  });
}

test('ServiceAccount leaves mirror pods as they are', async () => {
  assert.deepEqual(await admitted(pod({}, MIRROR)), pod().spec);
});

const ENFORCING = {
  metadata: { name: 'default', namespace: 'shop', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
  secrets: [{ name: 'good' }],
  imagePullSecrets: [{ name: 'pull' }],
};
const SECRETS: readonly (readonly [spec: Record<string, unknown>, why: RegExp | undefined])[] = [
  [{ volumes: [{ name: 'v', secret: { secretName: 'good' } }] }, undefined],
  [{ volumes: [{ name: 'v', secret: { secretName: 'bad' } }] }, /volume with secret\.secretName="bad" is not allowed/],
  [
    { containers: [{ name: 'a', envFrom: [{ secretRef: { name: 'bad' } }] }] },
    /container a with secret "bad" is not allowed/,
  ],
  [
    { initContainers: [{ name: 'i', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'bad' } } }] }] },
    /init container i with secret "bad" is not allowed/,
  ],
  [{ imagePullSecrets: [{ name: 'bad' }] }, /imagePullSecrets\[0\]\.name="bad" is not allowed/],
];
for (const [spec, why] of SECRETS) {
  test(`ServiceAccount with secrets that are enforced: ${JSON.stringify(spec)}`, async () => {
    if (why === undefined) await admitted(pod(spec), ENFORCING);
    else await assert.rejects(admitted(pod(spec), ENFORCING), { message: why });
  });
}

test('ServiceAccount checks the secrets of debug containers', async () => {
  const ephemeralContainers = [{ name: 'd', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'bad' } } }] }];
  const plugin = serviceAccountPlugin(objectsOf([ACCOUNTS, account(ENFORCING)]), clientOf());
  const object = pod({ serviceAccountName: 'default', ephemeralContainers });
  const asked: Asked = { operation: 'UPDATE', subresource: 'ephemeralcontainers', object, oldObject: pod() };
  await assert.rejects(run(plugin, asked), { message: /ephemeral container d with secret "bad"/ });
});
