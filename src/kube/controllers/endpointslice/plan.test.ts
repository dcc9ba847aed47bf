import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planEndpoints } from '../endpoints/plan.ts';
import { assertGolden } from '../testing/golden.ts';
import { makeObject, makePod, type PodFacts } from '../testing/make-pod.ts';
import { desiredGroups } from './desired.ts';
import { planSlices } from './plan.ts';
import type { Endpoint, EndpointSlice, Service } from './types.ts';

const PORTS = [{ name: 'http', port: 8080, protocol: 'TCP' }];
const META = { labels: { 'kubernetes.io/service-name': 'web' } };

function serviceOf(spec: Record<string, unknown> = {}): Service {
  const ports = [{ name: 'http', port: 80, targetPort: 'web' }];
  return makeObject('v1', 'Service', 'web', {
    spec: { selector: { app: 'web' }, ports, ipFamilies: ['IPv4'], ...spec },
  });
}

function podOf(name: string, ip: string, facts: PodFacts = {}) {
  const containers = [{ name: 'main', ports: [{ name: 'web', containerPort: 8080 }] }];
  return makePod(name, {
    ...facts,
    spec: { containers, ...facts.spec },
    status: { podIP: ip, podIPs: [{ ip }, { ip: 'fd00::1' }] },
  });
}

function endpoints(count: number, from = 0): Endpoint[] {
  return Array.from({ length: count }, (_, at) => ({
    addresses: [`10.0.${Math.floor((from + at) / 250)}.${(from + at) % 250}`],
  }));
}

function sliceOf(name: string, contents: Endpoint[], ports = PORTS): EndpointSlice {
  return makeObject(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    name,
    { addressType: 'IPv4', ports, endpoints: contents },
    META,
  );
}

const group = (contents: Endpoint[]) => [{ addressType: 'IPv4', ports: PORTS, endpoints: contents }];
const sizes = (slices: readonly { readonly endpoints: readonly unknown[] }[]) =>
  slices.map((slice) => slice.endpoints.length);

test('planSlices puts a hundred endpoints into each slice', () => {
  const plan = planSlices(group(endpoints(250)), [], META);
  assert.deepEqual([sizes(plan.create), plan.update, plan.remove], [[100, 100, 50], [], []]);
});

test('planSlices changes nothing when nothing changed', () => {
  assert.deepEqual(planSlices(group(endpoints(3)), [sliceOf('s', endpoints(3))], META), {
    create: [],
    update: [],
    remove: [],
  });
});

test('planSlices fills what has room before it makes a slice', () => {
  const plan = planSlices(
    group(endpoints(130)),
    [sliceOf('full', endpoints(100)), sliceOf('half', endpoints(10, 100))],
    META,
  );
  assert.deepEqual([plan.create, plan.update.map(({ name }) => name), sizes(plan.update)], [[], ['half'], [30]]);
});

test('planSlices removes slices that hold nothing any more, but one where nothing is left', () => {
  const slices = [sliceOf('a', endpoints(1)), sliceOf('b', endpoints(1, 1))];
  assert.deepEqual(planSlices(group(endpoints(1)), slices, META).remove, ['b']);
  const empty = planSlices(group([]), slices, META);
  assert.deepEqual([empty.remove, sizes(empty.update)], [['b'], [0]]);
});

test('planSlices gives endpoints with other ports slices of their own', () => {
  const other = sliceOf('old', endpoints(1), [{ name: 'http', port: 81, protocol: 'TCP' }]);
  const plan = planSlices(group(endpoints(1)), [other], META);
  assert.deepEqual([sizes(plan.create), plan.remove], [[1], ['old']]);
});

test('desiredGroups makes endpoints of pods, by family and by what named ports mean', () => {
  const pods = [
    podOf('a', '10.0.0.1'),
    podOf('unready', '10.0.0.2', { ready: false }),
    podOf('going', '10.0.0.3', { terminating: true }),
    podOf('other-port', '10.0.0.4', {
      spec: { containers: [{ name: 'main', ports: [{ name: 'web', containerPort: 9090 }] }] },
    }),
    podOf('done', '10.0.0.5', { phase: 'Succeeded' }),
    makePod('no-address'),
  ];
  const zone = (node: string) => (node === 'node-1' ? 'east' : undefined);
  assertGolden(
    import.meta.url,
    'groups',
    desiredGroups(serviceOf({ ipFamilies: ['IPv4', 'IPv6'], trafficDistribution: 'PreferClose' }), pods, zone),
  );
});

test('desiredGroups takes pods that are unready ready where the service wants them, and names those of its subdomain', () => {
  const spec = { hostname: 'a-0', subdomain: 'web' };
  const groups = desiredGroups(
    serviceOf({ publishNotReadyAddresses: true, clusterIP: 'None' }),
    [podOf('a', '10.0.0.1', { ready: false, spec })],
    () => undefined,
  );
  assert.deepEqual(groups[0]?.endpoints[0]?.conditions, { ready: true, serving: false, terminating: false });
  assert.equal(groups[0]?.endpoints[0]?.hostname, 'a-0');
});

test('planEndpoints lists what is ready and what is not, and nothing that goes', () => {
  const pods = [
    podOf('a', '10.0.0.2'),
    podOf('b', '10.0.0.1'),
    podOf('unready', '10.0.0.3', { ready: false }),
    podOf('going', '10.0.0.4', { terminating: true }),
  ];
  assertGolden(import.meta.url, 'endpoints', planEndpoints(serviceOf(), pods, undefined));
});

test('planEndpoints cuts after a thousand addresses, the unready first, and says so', () => {
  const pods = Array.from({ length: 1100 }, (_, at) =>
    podOf(`p${at}`, `10.1.${Math.floor(at / 250)}.${at % 250}`, { ready: at >= 300 }),
  );
  const plan = planEndpoints(serviceOf(), pods, undefined);
  assert.equal(plan?.metadata.annotations?.['endpoints.kubernetes.io/over-capacity'], 'truncated');
  assert.deepEqual([plan?.subsets?.[0]?.addresses?.length, plan?.subsets?.[0]?.notReadyAddresses?.length], [800, 200]);
});
