import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#kube/api';
import { READ_RESOURCES } from '../common/resources.ts';
import { objectsOf, pod, run, specOf } from '../testing/attributes.ts';
import { limitRanger } from './limit-ranger.ts';

function plugin(...limits: Record<string, unknown>[]) {
  const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l', namespace: 'shop' }, spec: { limits } };
  return limitRanger(objectsOf([READ_RESOURCES.limitRanges, range]));
}

function sized(requests: Record<string, string>, limits: Record<string, string> = {}, count = 1): KubeObject {
  const containers = Array.from({ length: count }, (_, i) => ({ name: `c${i}`, resources: { requests, limits } }));
  return pod({ containers });
}

test('LimitRanger fills in what containers do not say, and says so', async () => {
  const limits = { type: 'Container', default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '100m' } };
  const object = pod({
    containers: [{ name: 'a' }, { name: 'b', resources: { limits: { cpu: '2' } } }],
    initContainers: [{ name: 'i' }],
  });
  const attributes = await run(plugin(limits), { object });
  const { containers = [], initContainers = [] } = specOf(attributes);
  const filled = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } };
  assert.deepEqual(containers[0]?.resources, filled);
  assert.deepEqual(containers[1]?.resources, { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '100m' } });
  assert.deepEqual(initContainers[0]?.resources, filled);
  assert.equal(
    attributes.object?.metadata.annotations?.['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container a; cpu, memory limit for container a; cpu request for container b; ' +
      'memory limit for container b; cpu request for init container i; cpu, memory limit for init container i',
  );
});

const COMPLAINTS: readonly (readonly [
  limit: Record<string, unknown>,
  object: KubeObject,
  message: string | undefined,
])[] = [
  [{ type: 'Container', min: { cpu: '50m' } }, sized({ cpu: '50m' }), undefined],
  [
    { type: 'Container', min: { cpu: '50m' } },
    sized({ cpu: '10m' }),
    'minimum cpu usage per Container is 50m, but request is 10m',
  ],
  [
    { type: 'Container', min: { cpu: '50m' } },
    sized({}),
    'minimum cpu usage per Container is 50m.  No request is specified',
  ],
  [
    { type: 'Container', min: { cpu: '50m' } },
    sized({ cpu: '60m' }, { cpu: '10m' }),
    'minimum cpu usage per Container is 50m, but limit is 10m',
  ],
  [
    { type: 'Container', max: { cpu: '1' } },
    sized({}, { cpu: '2' }),
    'maximum cpu usage per Container is 1, but limit is 2',
  ],
  [{ type: 'Container', max: { cpu: '1' } }, sized({}), 'maximum cpu usage per Container is 1.  No limit is specified'],
  [
    { type: 'Container', max: { cpu: '1' } },
    sized({ cpu: '2' }, { cpu: '1' }),
    'maximum cpu usage per Container is 1, but request is 2',
  ],
  [
    { type: 'Container', max: { cpu: '1' }, min: { memory: '1Gi' } },
    sized({}),
    '[minimum memory usage per Container is 1Gi.  No request is specified, maximum cpu usage per Container is 1.  No limit is specified]',
  ],
  [{ type: 'Container', maxLimitRequestRatio: { cpu: '2' } }, sized({ cpu: '500m' }, { cpu: '1' }), undefined],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    sized({ cpu: '500m' }, { cpu: '1500m' }),
    'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    sized({}, { cpu: '1' }),
    'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    sized({ cpu: '1' }),
    'cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0',
  ],
  [{ type: 'Pod', max: { memory: '2Gi' } }, sized({}, { memory: '1Gi' }, 2), undefined],
  [
    { type: 'Pod', max: { memory: '2Gi' } },
    sized({}, { memory: '1Gi' }, 3),
    'maximum memory usage per Pod is 2Gi, but limit is 3Gi',
  ],
  [
    { type: 'Pod', min: { cpu: '1' } },
    sized({ cpu: '300m' }, {}, 3),
    'minimum cpu usage per Pod is 1, but request is 900m',
  ],
  [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }, sized({ storage: '2Gi' }), undefined],
];
for (const [limit, object, message] of COMPLAINTS) {
  test(`LimitRanger: ${JSON.stringify(limit)}: ${message ?? 'allowed'}`, async () => {
    const admission = run(plugin(limit), { object });
    if (message === undefined) await admission;
    else await assert.rejects(admission, { code: 403, message: `pods "web" is forbidden: ${message}` });
  });
}

const CLAIMS = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
for (const [storage, message] of [
  ['1Gi', undefined],
  ['512Mi', 'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 512Mi'],
  ['11Gi', 'maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 11Gi'],
] as const) {
  test(`LimitRanger: a claim for ${storage}: ${message ?? 'allowed'}`, async () => {
    const limit = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '10Gi' } };
    const spec = { resources: { requests: { storage } } };
    const object = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c', namespace: 'shop' },
      spec,
    };
    const admission = run(plugin(limit), { resource: CLAIMS, object });
    if (message === undefined) await admission;
    else await assert.rejects(admission, { message: `persistentvolumeclaims "c" is forbidden: ${message}` });
  });
}

test('LimitRanger looks at pods when they are made or resized, not when they change otherwise', async () => {
  const limiting = plugin({ type: 'Container', max: { cpu: '1' } });
  const object = sized({}, { cpu: '2' });
  await run(limiting, { operation: 'UPDATE', object, oldObject: pod() });
  await assert.rejects(run(limiting, { operation: 'UPDATE', subresource: 'resize', object, oldObject: pod() }));
  await run(limiting, { namespace: 'other', object });
});

test('LimitRanger takes hostile names of resources for names', async () => {
  const defaults = JSON.parse('{"__proto__":"1","constructor":"2"}') as Record<string, string>;
  const attributes = await run(plugin({ type: 'Container', default: defaults }), { object: pod() });
  assert.deepEqual(Object.keys(specOf(attributes).containers?.[0]?.resources?.limits ?? {}), [
    '__proto__',
    'constructor',
  ]);
  assert.equal(Object.getPrototypeOf({}), Object.prototype);
});
