import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA, SPEC } from '../../../values/mod.ts';
import type { PodSpec } from './types.ts';
import { warnOfPodName, warnOfPodSpec } from './warnings.ts';

function warnings(spec: PodSpec): string[] {
  const found: string[] = [];
  warnOfPodSpec(spec, SPEC, (message) => found.push(message));
  return found;
}

test('warnOfPodSpec has nothing to say of a plain pod', () => {
  assert.deepEqual(warnings({ containers: [{ name: 'a', env: [{ name: 'A' }, { name: 'B', value: '$(A)' }] }] }), []);
});

test('warnOfPodSpec warns of variables that hide others, not of those that build on them', () => {
  const env = [
    { name: 'A', value: 'x' },
    { name: 'A', value: 'y' },
    { name: 'A', value: '$(A)' },
    { name: 'A', value: '$(A):z' },
    { name: 'A', valueFrom: {} },
    { name: '__proto__', value: '' },
  ];
  assert.deepEqual(
    warnings({ containers: [{ env }] }),
    [1, 2, 4].map(
      (i) => `spec.containers[0].env[${i}]: hides previous definition of "A", which may be dropped when using apply`,
    ),
  );
});

test('warnOfPodSpec warns of ports twice, old labels, old volumes, fractions of bytes and negative periods', () => {
  const port = { containerPort: 80, protocol: 'TCP' };
  assert.deepEqual(
    warnings({
      terminationGracePeriodSeconds: -1,
      nodeSelector: { 'beta.kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'failure-domain.beta.kubernetes.io/zone', operator: 'Exists' }] },
            ],
          },
        },
      },
      volumes: [{ name: 'a', gitRepo: { repository: 'x' } }],
      containers: [
        { ports: [port, { ...port, protocol: 'UDP' }, port], resources: { limits: { memory: '1500m', cpu: '1m' } } },
      ],
    }),
    [
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: ' +
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
      'spec.containers[0].ports[2]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
    ],
  );
});

test('warnOfPodName warns of names that are no host names', () => {
  const found: string[] = [];
  warnOfPodName('web', METADATA.child('name'), (message) => found.push(message));
  warnOfPodName('web.1', METADATA.child('name'), (message) => found.push(message));
  assert.deepEqual(found, [
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: " +
      '[must not contain dots]',
  ]);
});
