/** What may change of a pod through `resize`, and what is said of the rest. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec, ResourceRequirements } from '../pod-spec/mod.ts';
import { created, updated } from '../testing/said.ts';
import { pods } from './row.ts';
import type { Pod } from './types.ts';

const SOME: ResourceRequirements = { requests: { cpu: '1', memory: '1Gi' } };
const MORE: ResourceRequirements = { requests: { cpu: '2', memory: '2Gi' } };

function pod(spec: PodSpec): object {
  const containers = [{ name: 'a', image: 'busybox:1', resources: SOME }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { containers, ...spec },
  };
}

/** The spec after a change through `resize`, and what is said of it. */
function resized(spec: PodSpec, change: (spec: PodSpec) => void): { readonly spec: PodSpec; readonly said: string[] } {
  const old = created(pods, pod(spec));
  const { object, said } = updated(pods, old, (changed) => change((changed as Pod).spec), 'resize');
  return { spec: (object as Pod).spec, said };
}

type Case = readonly [title: string, spec: PodSpec, change: (spec: PodSpec) => void, said: readonly string[]];

/** The first container gets these resources. */
function give(resources: ResourceRequirements): (spec: PodSpec) => void {
  return ({ containers = [] }) => {
    if (containers[0] !== undefined) containers[0].resources = resources;
  };
}

/** The first init container gets these fields. */
function giveInit(fields: Partial<Container>): (spec: PodSpec) => void {
  return ({ initContainers = [] }) => {
    Object.assign(initContainers[0] ?? {}, fields);
  };
}

/** The pod as a whole gets these resources. */
function givePod(resources: ResourceRequirements | undefined): (spec: PodSpec) => void {
  return (spec) => {
    if (resources === undefined) delete spec.resources;
    else spec.resources = resources;
  };
}

function withResizePolicy(restartPolicy: string): PodSpec {
  const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '2Gi' } };
  const resizePolicy = [{ resourceName: 'memory', restartPolicy }];
  return { containers: [{ name: 'a', image: 'b:1', resources, resizePolicy }] };
}

function withInit(fields: Partial<Container>): PodSpec {
  return { initContainers: [{ name: 'i', image: 'b:1', resources: SOME, ...fields }] };
}

const RESTARTED = { resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] };
const LESS_MEMORY = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } };
const CLASS = 'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing';

const CASES: readonly Case[] = [
  ['CPU and memory', {}, give(MORE), []],
  ['the class', {}, give({ ...SOME, limits: { cpu: '1', memory: '1Gi' } }), [CLASS]],
  [
    'requests that go',
    {},
    give({ requests: { cpu: '2' } }),
    ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
  ],
  [
    'limits that go',
    withResizePolicy('NotRequired'),
    give(SOME),
    ['spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed'],
  ],
  [
    'another resource',
    {},
    give({ requests: { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' } }),
    ['spec: Forbidden: only cpu and memory resources are mutable'],
  ],
  ['less memory without a restart', withResizePolicy('NotRequired'), give(LESS_MEMORY), []],
  ['less memory with a restart', withResizePolicy('RestartContainer'), give(LESS_MEMORY), []],
  ['an init container', withInit({}), giveInit({ resources: MORE }), []],
  [
    'a sidecar that is restarted',
    withInit({ restartPolicy: 'Always', ...RESTARTED }),
    giveInit({ resources: MORE }),
    [],
  ],
  [
    'the policy of a sidecar',
    withInit({ restartPolicy: 'Always' }),
    giveInit(RESTARTED),
    ['spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable'],
  ],
  ['the pod as a whole', { resources: SOME }, givePod(MORE), []],
  ['a pod that gets resources', {}, givePod(SOME), []],
  [
    'the resources of a pod that go',
    { resources: SOME },
    givePod(undefined),
    ['spec.resources: Forbidden: pod-level resources cannot be removed'],
  ],
  [
    'the memory of a pod that goes',
    { resources: SOME },
    givePod({ requests: { cpu: '2' } }),
    ['spec.resources.requests: Forbidden: pod-level resource requests cannot be removed'],
  ],
  [
    'huge pages of a pod',
    { resources: SOME },
    givePod({ requests: { cpu: '1', memory: '1Gi', 'hugepages-2Mi': '2Mi' }, limits: { 'hugepages-2Mi': '2Mi' } }),
    ['spec: Forbidden: only cpu and memory resources are mutable at pod-level'],
  ],
];

for (const [title, spec, change, said] of CASES)
  test(`resize: ${title}`, () => assert.deepEqual(resized(spec, change).said, said));

test('resize changes nothing else', () => {
  const before = created(pods, pod({})) as Pod;
  const { spec, said } = resized({}, (changed) => {
    changed.hostname = 'sneaky';
    Object.assign(changed.containers?.[0] ?? {}, { image: 'sneaky' });
  });
  assert.deepEqual(said, []);
  assert.deepEqual(spec, before.spec);
});
