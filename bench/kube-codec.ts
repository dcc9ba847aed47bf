/**
 * Measures what bodies and patches of the Kubernetes API cost the thread that serves requests, with a pod of about 2 KB:
 * `node bench/kube-codec.ts [--rounds N]`. Microseconds a call, the best of several rounds, after warm-up.
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { KubeObject } from '../src/kube/api/mod.ts';
import { resolveSchema as resolve, schemaOfKind } from '../src/kube/api/schema/mod.ts';
import { cloneJson, conform, decodeJson, decodeYaml } from '../src/kube/codec/mod.ts';
import { applyObject, jsonPatch, mergePatch, strategicMerge, trackUpdate } from '../src/kube/patch/mod.ts';

const { values: flags } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const CALLS = 2_000;
const schema = schemaOfKind({ group: '', version: 'v1', kind: 'Pod' });

const container = (name: string) => ({
  name,
  image: `registry.example/team/${name}:1.27.3`,
  imagePullPolicy: 'IfNotPresent',
  args: ['--listen=:8080', '--log=info'],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'MODE', value: 'production' },
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
  ],
  resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '256Mi' } },
  readinessProbe: { httpGet: { path: '/ready', port: 8080, scheme: 'HTTP' }, periodSeconds: 5, failureThreshold: 3 },
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
});

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-7c5ddbdf54-x2k9p',
    generateName: 'web-7c5ddbdf54-',
    namespace: 'default',
    labels: { app: 'web', 'pod-template-hash': '7c5ddbdf54' },
    annotations: { 'example.org/revision': '4' },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: 'web-7c5ddbdf54',
        uid: 'a1b2',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  },
  spec: {
    containers: [container('web'), container('proxy')],
    volumes: [{ name: 'data', emptyDir: {} }],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: [
      { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    ],
    enableServiceLinks: true,
  },
};
const text = JSON.stringify(pod);
const parse = () => JSON.parse(text) as KubeObject;
const common = { apiVersion: 'v1', schema, resolve, nowMs: Date.now() };

/** `make` gives each call an input of its own, outside of what is timed. */
async function measure<T>(what: string, make: () => T, work: (input: T) => unknown, calls = CALLS): Promise<void> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < Number(flags.rounds); round++) {
    const inputs = Array.from({ length: calls }, make);
    const start = performance.now();
    for (const input of inputs) {
      const result = work(input);
      if (result instanceof Promise) await result;
    }
    best = Math.min(best, ((performance.now() - start) * 1000) / inputs.length);
  }
  console.log(`${what.padEnd(52)} ${best.toFixed(1).padStart(8)} µs`);
}

console.log(`pod of ${text.length} bytes`);
const nothing = () => undefined;
await measure('JSON.parse, for comparison', nothing, () => JSON.parse(text));
await measure('decodeJson', nothing, () => decodeJson(text));
await measure('structuredClone, for comparison', parse, (object) => structuredClone(object));
await measure('cloneJson', parse, (object) => cloneJson(object));
await measure('conform', parse, (object) => conform(object, schema, resolve));

const track = (live: KubeObject | undefined, updated: KubeObject, subresource = '') =>
  trackUpdate({ ...common, live, updated, manager: 'kube-controller-manager', subresource });
await measure('trackUpdate on create', parse, (updated) => track(undefined, updated));

const live = parse();
track(undefined, live);
await measure(
  'trackUpdate, nothing changed',
  () => structuredClone(live),
  (updated) => track(live, updated),
);
const running = { phase: 'Running', podIP: '10.0.0.7', conditions: [{ type: 'Ready', status: 'True' }] };
await measure(
  'trackUpdate, status set',
  () => ({ ...structuredClone(live), status: running }),
  (updated) => track(live, updated, 'status'),
);
await measure('mergePatch of a label', nothing, () => mergePatch(live, { metadata: { labels: { app: 'x' } } }));
await measure('jsonPatch of a label', nothing, () =>
  jsonPatch(live, [{ op: 'add', path: '/metadata/labels/app', value: 'x' }]),
);
await measure('strategicMerge of an image', nothing, () =>
  strategicMerge(live, { spec: { containers: [{ name: 'web', image: 'other' }] } }, schema, resolve),
);
await measure('applyObject, create', parse, (applied) =>
  applyObject({ ...common, live: undefined, applied, manager: 'm', force: false, subresource: '' }),
);
const applied = applyObject({
  ...common,
  live: undefined,
  applied: parse(),
  manager: 'm',
  force: false,
  subresource: '',
});
await measure('applyObject, the same again', parse, (again) =>
  applyObject({ ...common, live: applied, applied: again, manager: 'm', force: false, subresource: '' }),
);
const yaml = (await import('yaml')).stringify(pod);
await measure('decodeYaml of YAML', nothing, () => decodeYaml(yaml), CALLS / 20);
