/** Rules of pods that came with releases 1.33 to 1.36. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors, SPEC } from '../../../../values/mod.ts';
import { setPodSpecDefaults } from '../defaults.ts';
import type { Container, PodSpec } from '../types.ts';
import { validatePodSpec } from './pod-spec.ts';

const CONTAINER: Container = { name: 'a', image: 'busybox:1' };

function said(spec: PodSpec): string[] {
  const copy: PodSpec = structuredClone({ containers: [CONTAINER], ...spec });
  setPodSpecDefaults(copy);
  const errors = new FieldErrors();
  validatePodSpec(copy, SPEC, errors, { isPod: true, podName: 'web' });
  return errors.list.map(({ field, message }) => `${field}: ${message}`);
}

const FROM_FILE = [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'env', key: 'A' } } }];
const FROM_FILE_AT = 'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName';

function withFile(spec: PodSpec): PodSpec {
  return { containers: [{ ...CONTAINER, env: FROM_FILE }], ...spec };
}

function spread(labelSelector: object | undefined): PodSpec {
  const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['app'] };
  return { topologySpreadConstraints: [labelSelector === undefined ? constraint : { ...constraint, labelSelector }] };
}

const APP = { key: 'app', operator: 'In', values: ['x'] };
const RESTARTED = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
const PAGES = { 'hugepages-2Mi': '4Mi' };

type Case = readonly [title: string, spec: PodSpec, expected: readonly string[]];

const CASES: readonly Case[] = [
  ['a variable from a file', withFile({ volumes: [{ name: 'v', emptyDir: {} }] }), []],
  ['a file of no volume', withFile({}), [`${FROM_FILE_AT}: Not found: "v"`]],
  [
    'a file of the host',
    withFile({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] }),
    [`${FROM_FILE_AT}: Invalid value: "v": referenced volume must be of type emptyDir`],
  ],
  [
    'a block device with users of its own',
    {
      hostUsers: false,
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
      containers: [{ ...CONTAINER, volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] }],
    },
    ['spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false'],
  ],
  [
    'an init container restarted for resources',
    { initContainers: [{ ...CONTAINER, name: 'i', ...RESTARTED }] },
    [
      'spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": ' +
        "must not be set to 'RestartContainer' for non-sidecar initContainers",
    ],
  ],
  [
    'a sidecar restarted for resources',
    { initContainers: [{ ...CONTAINER, name: 'i', restartPolicy: 'Always', ...RESTARTED }] },
    [],
  ],
  ['a key beside a label', spread({ matchLabels: { app: 'x' }, matchExpressions: [] }), []],
  ['a key that was added', spread({ matchExpressions: [APP] }), []],
  [
    'a key that stood there already',
    spread({ matchExpressions: [APP, APP] }),
    ['spec.topologySpreadConstraints[0][0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector'],
  ],
  [
    'a key without a selector',
    spread(undefined),
    [
      'spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    ],
  ],
  [
    'another host name on the host network',
    { hostnameOverride: 'x', hostNetwork: true },
    ['spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true'],
  ],
  [
    'resources of a windows pod',
    { os: { name: 'windows' }, resources: { requests: { cpu: '1' } } },
    ['spec.resources: Forbidden: may not be set for a windows pod'],
  ],
  [
    'huge pages beyond those of the pod',
    {
      resources: { requests: { cpu: '1', 'hugepages-2Mi': '2Mi' }, limits: { 'hugepages-2Mi': '2Mi' } },
      containers: [{ ...CONTAINER, resources: { requests: { cpu: '1', ...PAGES }, limits: PAGES } }],
    },
    [
      'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate ' +
        'container requests of 4Mi',
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate ' +
        'container limits of 4Mi',
      'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than or equal to pod limits of 2Mi',
    ],
  ],
];

for (const [title, spec, expected] of CASES) test(`a pod: ${title}`, () => assert.deepEqual(said(spec), expected));
