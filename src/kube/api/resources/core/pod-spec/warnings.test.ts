import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA, SPEC } from '../../../values/mod.ts';
import type { PodSpec } from './types.ts';
import { warnOfPodAnnotations } from './warnings/annotations.ts';
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

test('warnOfPodSpec warns of ports that containers of a pod share', () => {
  const port = { containerPort: 80, protocol: 'TCP' };
  const ports = (...list: object[]) => ({ ports: list.map((more) => ({ ...port, ...more })) });
  assert.deepEqual(
    warnings({
      initContainers: [ports({})],
      containers: [
        ports({ hostPort: 80 }),
        ports({ hostPort: 80, hostIP: '10.0.0.1' }),
        ports({ containerPort: 81, hostIP: '10.0.0.1', name: 'x' }),
      ],
    }),
    [
      'spec.containers[0].ports[0]: overlapping port definition with spec.initContainers[0].ports[0]',
      'spec.containers[1].ports[0]: overlapping port definition with spec.initContainers[0].ports[0]',
      'spec.containers[1].ports[0]: dangerously ambiguous port definition with spec.containers[0].ports[0]',
      'spec.containers[2].ports[0]: hostIP set without hostPort: {Name:x HostPort:0 ContainerPort:81 Protocol:TCP HostIP:10.0.0.1}',
    ],
  );
});

test('warnOfPodSpec warns of selectors that find nothing, of what stands twice, and of files in the place of tokens', () => {
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  assert.deepEqual(
    warnings({
      topologySpreadConstraints: [{ topologyKey: 'failure-domain.beta.kubernetes.io/zone' }],
      affinity: {
        podAffinity: { [required]: [{ topologyKey: 'a' }] },
        podAntiAffinity: { [preferred]: [{ weight: 1, podAffinityTerm: { topologyKey: 'a' } }] },
      },
      hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }],
      imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}],
      overhead: { memory: '1500m' },
      volumes: [
        {
          name: 'a',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token' } },
              { configMap: { name: 'c', items: [{ key: 'k', path: 'token' }] } },
              {
                secret: {
                  name: 'c',
                  items: [
                    { key: 'k', path: 'other' },
                    { key: 'k', path: 'token' },
                  ],
                },
              },
            ],
          },
        },
      ],
    }),
    [
      'spec.topologySpreadConstraints[0].topologyKey: failure-domain.beta.kubernetes.io/zone is ' +
        'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
      'spec.volumes[0].projected.sources.configMap[0]: has duplicated path with ServiceAccountToken "token"',
      'spec.volumes[0].projected.sources.secrets[1]: has duplicated path with ServiceAccountToken "token"',
      'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
      'spec.overhead[memory]: fractional byte value "1500m" is invalid, must be an integer',
      `spec.affinity.podAffinity.${required}[0].labelSelector: a null labelSelector results in matching no pod`,
      `spec.affinity.podAntiAffinity.${preferred}[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod`,
    ],
  );
});

test('warnOfPodAnnotations warns of annotations that are fields today, where the field is not there', () => {
  const annotations = {
    'scheduler.alpha.kubernetes.io/critical-pod': '',
    'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
    'container.seccomp.security.alpha.kubernetes.io/a': 'runtime/default',
    'container.seccomp.security.alpha.kubernetes.io/b': 'runtime/default',
    'container.apparmor.security.beta.kubernetes.io/a': 'unconfined',
  };
  const b = { name: 'b', securityContext: { seccompProfile: { type: 'RuntimeDefault' } } };
  const said = (isTemplate: boolean) => {
    const found: string[] = [];
    const path = METADATA.child('annotations');
    warnOfPodAnnotations(annotations, { containers: [{ name: 'a' }, b] }, path, (one) => found.push(one), isTemplate);
    return found.map((one) => one.replace(/^metadata\.annotations/, ''));
  };
  const ofBoth = [
    '[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    '[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
    '[container.seccomp.security.alpha.kubernetes.io/a]: non-functional in v1.27+; use the "seccompProfile" field instead',
  ];
  assert.deepEqual(said(false), ofBoth);
  assert.deepEqual(said(true), [
    ...ofBoth,
    '[container.apparmor.security.beta.kubernetes.io/a]: deprecated since v1.30; use the "appArmorProfile" field instead',
  ]);
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
