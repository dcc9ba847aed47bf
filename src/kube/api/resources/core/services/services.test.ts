import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../object.ts';
import { created, saidOnCreate, updated } from '../testing/said.ts';
import { serviceColumns } from './columns.ts';
import { services } from './row.ts';
import type { Service, ServiceSpec } from './types.ts';

function service(spec: ServiceSpec = {}): Pick<Service, 'apiVersion' | 'kind' | 'metadata' | 'spec'> {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { ports: [{ port: 80 }], ...spec },
  };
}

/** A service as it is once its addresses and ports were allocated. */
function allocated(spec: ServiceSpec = {}): Service {
  const object = created(services, service(spec)) as unknown as Service;
  object.spec.clusterIP ??= '10.0.0.1';
  object.spec.clusterIPs ??= [object.spec.clusterIP];
  object.spec.ipFamilies ??= ['IPv4'];
  object.spec.ipFamilyPolicy ??= 'SingleStack';
  return object;
}

test('setDefaults fills in ports, policies and affinity by type', () => {
  assert.deepEqual(created(services, service()).spec, {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
  });
  assert.deepEqual(created(services, service({ type: 'LoadBalancer', sessionAffinity: 'ClientIP' })).spec, {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'ClientIP',
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
    type: 'LoadBalancer',
    internalTrafficPolicy: 'Cluster',
    externalTrafficPolicy: 'Cluster',
    allocateLoadBalancerNodePorts: true,
  });
  assert.deepEqual(created(services, { ...service(), spec: { type: 'ExternalName', externalName: 'a.b' } }).spec, {
    type: 'ExternalName',
    externalName: 'a.b',
    sessionAffinity: 'None',
  });
});

test('prepareForCreate starts without a load balancer, and makes the list of one address', () => {
  const object = created(services, {
    ...service({ clusterIP: 'None' }),
    status: { loadBalancer: { ingress: [{ ip: '6.6.6.6' }] } },
  });
  assert.deepEqual(object.status, { loadBalancer: {} });
  assert.deepEqual((object as unknown as Service).spec.clusterIPs, ['None']);
});

type Case = readonly [title: string, spec: ServiceSpec, expected: readonly string[]];

const CASES: readonly Case[] = [
  ['nothing but a port', {}, []],
  ['no ports', { ports: [] }, ['spec.ports: Required value']],
  ['no ports of a headless one', { ports: [], clusterIP: 'None' }, []],
  [
    'ports without names and twice',
    { ports: [{ port: 80 }, { port: 80, name: 'a' }, { port: 81, name: 'a', protocol: 'x' }, { port: 0, name: 'b' }] },
    [
      'spec.ports[0].name: Required value',
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
      'spec.ports[2].name: Duplicate value: "a"',
      'spec.ports[2].protocol: Unsupported value: "x": supported values: "SCTP", "TCP", "UDP"',
      'spec.ports[3].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[3].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'a node port on a cluster address',
    { ports: [{ port: 80, nodePort: 30000 }] },
    ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  ],
  ['a node port where there are such', { type: 'NodePort', ports: [{ port: 80, nodePort: 30000 }] }, []],
  [
    'an unknown type',
    { type: 'Anycast' },
    [
      'spec.type: Unsupported value: "Anycast": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
  ],
  [
    'a headless balancer',
    { type: 'LoadBalancer', clusterIP: 'None' },
    ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services'],
  ],
  [
    'an external name with an address',
    { type: 'ExternalName', clusterIP: '1.2.3.4' },
    ['spec.clusterIPs: Forbidden: may not be set for ExternalName services', 'spec.externalName: Required value'],
  ],
  ['an external name with a dot at its end', { type: 'ExternalName', externalName: 'a.example.' }, []],
  [
    'an address that is none',
    { clusterIP: 'x' },
    ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
  ],
  [
    'addresses and families that do not agree',
    { clusterIP: '1.2.3.4', clusterIPs: ['1.2.3.5', '::1'], ipFamilies: ['IPv6', 'IPv6'], ipFamilyPolicy: 'x' },
    [
      'spec.clusterIPs: Invalid value: ["1.2.3.5","::1"]: first value must match `clusterIP`',
      'spec.ipFamilies[1]: Duplicate value: "IPv6"',
      'spec.ipFamilyPolicy: Unsupported value: "x": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"',
      'spec.clusterIPs[0]: Invalid value: "1.2.3.5": expected an IPv6 value as indicated by `ipFamilies[0]`',
    ],
  ],
  [
    'external addresses that lead nowhere',
    { externalIPs: ['127.0.0.1', 'x'] },
    [
      'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[1]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'an affinity that is too long',
    { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  ],
  [
    'fields of balancers on what is none',
    { loadBalancerSourceRanges: ['1.2.3.4'], loadBalancerClass: 'a/b', allocateLoadBalancerNodePorts: true },
    [
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "1.2.3.4": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ],
  [
    'traffic policies',
    { externalTrafficPolicy: 'Local', internalTrafficPolicy: 'x', trafficDistribution: 'y', healthCheckNodePort: 1 },
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
      "spec.healthCheckNodePort: Invalid value: 1: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      'spec.internalTrafficPolicy: Unsupported value: "x": supported values: "Cluster", "Local"',
      'spec.trafficDistribution: Unsupported value: "y": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ],
  [
    'a local balancer without a port for its health',
    { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
    ['spec.healthCheckNodePort: Required value'],
  ],
];

for (const [title, spec, expected] of CASES) {
  test(`validating a service with ${title}`, () => {
    assert.deepEqual(saidOnCreate(services, service(spec)), expected);
  });
}

function change(old: Service, patch: (spec: ServiceSpec) => void): { spec: ServiceSpec; said: string[] } {
  const { object, said } = updated(services, old, (copy: KubeObject) => patch((copy as Service).spec));
  return { spec: (object as Service).spec, said };
}

test('updating a service keeps what was allocated and is not spoken of', () => {
  const old = allocated({ type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] });
  const { spec, said } = change(old, (copy) => {
    delete copy.clusterIP;
    delete copy.clusterIPs;
    delete copy.ipFamilies;
    delete copy.ipFamilyPolicy;
    copy.ports = [{ port: 80 }, { port: 81, name: 'b' }].map((port, i) => ({ name: `p${i}`, ...port }));
  });
  assert.deepEqual(said, []);
  assert.equal(spec.clusterIP, '10.0.0.1');
  assert.deepEqual(spec.clusterIPs, ['10.0.0.1']);
  assert.deepEqual(
    spec.ports?.map(({ nodePort }) => nodePort),
    [30001, undefined],
  );
});

test('updating a service refuses another address', () => {
  const { said } = change(allocated(), (spec) => {
    spec.clusterIP = '10.0.0.2';
  });
  assert.deepEqual(said, ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set']);
});

test('addresses and ranges that were allowed once may stay, and none be added', () => {
  const old = allocated({ type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30001 }] });
  Object.assign(old.spec, { externalIPs: ['010.0.0.1'], loadBalancerSourceRanges: [' 10.1.1.1/8'] });
  assert.deepEqual(change(old, () => {}).said, []);
  const { said } = change(old, (spec) => {
    spec.externalIPs?.push('010.0.0.2', '::ffff:10.0.0.3');
    spec.loadBalancerSourceRanges?.push('10.1.1.2/8');
  });
  assert.deepEqual(said, [
    'spec.externalIPs[1]: Invalid value: "010.0.0.2": must not have leading 0s',
    'spec.externalIPs[2]: Invalid value: "::ffff:10.0.0.3": must not be an IPv4-mapped IPv6 address',
    'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.1.1.2/8": must not have bits set beyond the prefix length',
  ]);
});

test('names of services may start with a digit, and both names of the topology mode say one thing', () => {
  assert.equal(services.strategy.nameRule, 'dns-label');
  const annotations = {
    'service.kubernetes.io/topology-mode': 'Auto',
    'service.kubernetes.io/topology-aware-hints': 'Disabled',
  };
  const { said } = updated(services, { ...allocated(), metadata: { name: 'web', annotations } }, () => {});
  assert.deepEqual(said, [
    'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": ' +
      'must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
  ]);
});

test('updating a service lets it become an external name and back', () => {
  const there = change(allocated({ type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] }), (spec) => {
    spec.type = 'ExternalName';
    spec.externalName = 'a.b';
  });
  assert.deepEqual(there.said, []);
  assert.deepEqual(there.spec, {
    type: 'ExternalName',
    externalName: 'a.b',
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
  });
  const back = change({ ...allocated(), spec: there.spec }, (spec) => {
    spec.type = 'ClusterIP';
  });
  assert.deepEqual(back.said, []);
  assert.equal(back.spec.externalName, undefined);
});

test('updating a service drops node ports that its new type has not', () => {
  const { spec, said } = change(allocated({ type: 'NodePort', ports: [{ port: 80, nodePort: 30001 }] }), (copy) => {
    copy.type = 'ClusterIP';
  });
  assert.deepEqual(said, []);
  assert.equal(spec.ports?.[0]?.nodePort, undefined);
  assert.equal(spec.externalTrafficPolicy, undefined);
});

test('updating a service refuses another class of balancer', () => {
  const { said } = change(allocated({ type: 'LoadBalancer', loadBalancerClass: 'a/b' }), (spec) => {
    spec.loadBalancerClass = 'a/c';
  });
  assert.deepEqual(said, ['spec.loadBalancerClass: Invalid value: "a/c": may not change once set']);
});

test('the status of a service is for balancers', () => {
  const status = { loadBalancer: { ingress: [{ ip: 'x' }, { hostname: '1.2.3.4' }, { ipMode: 'VIP' }] } };
  const say = (old: Service) =>
    updated(
      services,
      old,
      (object) => {
        object.status = structuredClone(status);
      },
      'status',
    ).said;
  assert.deepEqual(say(allocated()), [
    "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
  ]);
  assert.deepEqual(say(allocated({ type: 'LoadBalancer' })), [
    'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.loadBalancer.ingress[1].hostname: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
    'status.loadBalancer.ingress[2].ipMode: Forbidden: may not be specified when `ip` is not set',
  ]);
});

test('serviceColumns prints what kubectl does', () => {
  const cells = (object: object) =>
    serviceColumns.map((column) => column.cell(object as KubeObject, 0)).filter((_, i) => i !== 4);
  assert.deepEqual(cells(allocated({ selector: { b: '1', a: '2' } })), [
    'ClusterIP',
    '10.0.0.1',
    '<none>',
    '80/TCP',
    'a=2,b=1',
  ]);
  const balancer = allocated({
    type: 'LoadBalancer',
    ports: [
      { port: 80, nodePort: 30000 },
      { port: 53, protocol: 'UDP' },
    ],
  });
  assert.deepEqual(cells(balancer), ['LoadBalancer', '10.0.0.1', '<pending>', '80:30000/TCP,53/UDP', '<none>']);
  balancer.status = { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: 'lb.example' }] } };
  assert.equal(cells(balancer)[2], '2.2.2.2,lb.example');
  assert.deepEqual(cells(service({ type: 'ExternalName', externalName: 'a.b', ports: [] })), [
    'ExternalName',
    '<none>',
    'a.b',
    '<none>',
    '<none>',
  ]);
});
