/** Long on purpose: the small kinds of the group, each with what it is held to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../object.ts';
import type { ResourceDefinition } from '../../resource.ts';
import { rows } from './rows.ts';
import { created, saidOnCreate, updated } from './testing/said.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function row(plural: string): ResourceDefinition {
  const found = rows.find((candidate) => candidate.plural === plural);
  assert.ok(found !== undefined, plural);
  return found;
}

function object(kind: string, fields: object = {}, metadata: KubeObject['metadata'] = {}): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'default', ...metadata }, ...fields };
}

function cells(plural: string, of: KubeObject): unknown[] {
  return (row(plural).versions[0]?.columns ?? []).map((column) => column.cell(of, NOW));
}

test('rows are kept where upstream keeps them', () => {
  const prefixes = rows.filter(({ storagePrefix }) => storagePrefix !== undefined);
  assert.deepEqual(Object.fromEntries(prefixes.map(({ plural, storagePrefix }) => [plural, storagePrefix])), {
    nodes: 'minions',
    services: 'services/specs',
    endpoints: 'services/endpoints',
    replicationcontrollers: 'controllers',
  });
});

test('every row has a schema, one version, and the same schema each time', () => {
  for (const { plural, versions, storageVersion } of rows) {
    const [version] = versions;
    assert.equal(version?.name, storageVersion, plural);
    assert.equal(version?.schema(), version?.schema(), plural);
  }
});

test('every stored row survives an empty object', () => {
  for (const candidate of rows) {
    const empty = { apiVersion: 'v1', kind: candidate.kind, metadata: { name: 'x' } };
    const made = created(candidate, empty);
    assert.ok(Array.isArray(saidOnCreate(candidate, empty)), candidate.plural);
    assert.ok(Array.isArray(updated(candidate, made, () => {}).said), candidate.plural);
    for (const name of Object.keys(candidate.subresources ?? {}))
      assert.ok(Array.isArray(updated(candidate, made, () => {}, name).said), `${candidate.plural}/${name}`);
    for (const column of candidate.versions[0]?.columns ?? [])
      assert.doesNotThrow(() => column.cell(empty, NOW), column.name);
    for (const [field, of] of Object.entries(candidate.versions[0]?.selectableFields ?? {}))
      assert.equal(typeof of(empty), 'string', `${candidate.plural} ${field}`);
  }
});

test('no update changes the object as it was', () => {
  const freeze = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  };
  for (const candidate of rows) {
    const old = created(candidate, { apiVersion: 'v1', kind: candidate.kind, metadata: { name: 'x' } });
    freeze(old);
    for (const path of [undefined, ...Object.keys(candidate.subresources ?? {})])
      assert.doesNotThrow(() => updated(candidate, old, () => {}, path), candidate.plural);
  }
});

test('config maps hold keys once, and a mebibyte', () => {
  const maps = row('configmaps');
  const say = (fields: object) => saidOnCreate(maps, object('ConfigMap', fields));
  assert.deepEqual(say({ data: { a: 'b' }, binaryData: { c: 'ZA==' } }), []);
  assert.deepEqual(say({ data: { a: 'b' }, binaryData: { a: 'ZA==' } }), [
    'data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ]);
  assert.match(say({ data: { 'a/b': '' } })[0] ?? '', /^data\[a\/b\]: Invalid value: "a\/b": a valid config key/);
  assert.deepEqual(say({ data: { a: 'x'.repeat(1024 * 1024) } }), []);
  assert.deepEqual(say({ data: { a: 'x'.repeat(1024 * 1024), b: 'x' } }), [
    ': Too long: may not be more than 1048576 bytes',
  ]);
  assert.deepEqual(
    cells('configmaps', object('ConfigMap', { data: { a: '' }, binaryData: { b: '' } })).slice(0, 1),
    [2],
  );
});

test('config maps and secrets that are immutable stay', () => {
  for (const plural of ['configmaps', 'secrets']) {
    const old = created(row(plural), object('X', { data: { a: 'Yg==' }, immutable: true }));
    const { said } = updated(row(plural), old, (copy) => {
      copy.immutable = false;
      copy.data = { a: 'Yw==' };
    });
    assert.deepEqual(said, [
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
    ]);
  }
});

test('secrets take texts, and keep bytes', () => {
  const made = created(row('secrets'), object('Secret', { data: { a: 'b2xk', c: 'Yw==' }, stringData: { a: 'nëw' } }));
  assert.equal(made.type, 'Opaque');
  assert.equal(made.stringData, undefined);
  assert.deepEqual(made.data, { a: Buffer.from('nëw').toString('base64'), c: 'Yw==' });
  const hostile = JSON.parse('{"__proto__":"x"}') as object;
  const odd = created(row('secrets'), object('Secret', { stringData: hostile }));
  assert.deepEqual(Object.keys(odd.data as object), ['__proto__']);
});

const SECRETS: readonly (readonly [type: string, data: Record<string, string>, expected: readonly string[]])[] = [
  ['Opaque', {}, []],
  ['example.com/mine', {}, []],
  ['kubernetes.io/tls', { 'tls.crt': '' }, ['data[tls.key]: Required value']],
  ['kubernetes.io/basic-auth', {}, ['data[username]: Required value', 'data[password]: Required value']],
  ['kubernetes.io/basic-auth', { password: '' }, []],
  ['kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }, ['data[ssh-privatekey]: Required value']],
  ['kubernetes.io/dockerconfigjson', {}, ['data[.dockerconfigjson]: Required value']],
  ['kubernetes.io/dockerconfigjson', { '.dockerconfigjson': 'e30=' }, []],
  [
    'kubernetes.io/dockerconfigjson',
    { '.dockerconfigjson': Buffer.from('secret').toString('base64') },
    ['data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid JSON'],
  ],
  [
    'kubernetes.io/dockercfg',
    { '.dockercfg': '' },
    ['data[.dockercfg]: Invalid value: "<secret contents redacted>": unexpected end of JSON input'],
  ],
  [
    'kubernetes.io/service-account-token',
    {},
    ['metadata.annotations[kubernetes.io/service-account.name]: Required value'],
  ],
];

for (const [type, data, expected] of SECRETS) {
  test(`secrets of type ${type} need their keys: ${Object.keys(data).join() || 'none'}`, () => {
    assert.deepEqual(saidOnCreate(row('secrets'), object('Secret', { type, data })), expected);
  });
}

test('secrets keep their type', () => {
  const old = created(row('secrets'), object('Secret', { type: 'a/b' }));
  assert.deepEqual(
    updated(row('secrets'), old, (copy) => {
      copy.type = 'a/c';
    }).said,
    ['type: Invalid value: "a/c": field is immutable'],
  );
});

test('namespaces carry their name as a label, and the finalizer', () => {
  const made = created(row('namespaces'), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'a' },
    status: { phase: 'x' },
  });
  assert.deepEqual(made.metadata.labels, { 'kubernetes.io/metadata.name': 'a' });
  assert.deepEqual(made.spec, { finalizers: ['kubernetes'] });
  assert.deepEqual(made.status, { phase: 'Active' });
});

test('namespaces lose finalizers by finalize alone', () => {
  const old = created(row('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } });
  const clear = (copy: KubeObject) => {
    copy.spec = { finalizers: [] };
    copy.status = { phase: 'Terminating' };
  };
  assert.deepEqual(updated(row('namespaces'), old, clear).object.spec, { finalizers: ['kubernetes'] });
  const finalized = updated(row('namespaces'), old, clear, 'finalize').object;
  assert.deepEqual([finalized.spec, finalized.status], [{ finalizers: [] }, { phase: 'Active' }]);
  assert.deepEqual(updated(row('namespaces'), old, clear, 'status').said, [
    'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
  ]);
  const odd = updated(
    row('namespaces'),
    old,
    (copy) => {
      copy.spec = { finalizers: ['mine'] };
    },
    'finalize',
  );
  assert.match(odd.said[0] ?? '', /name is neither a standard finalizer name nor is it fully qualified/);
});

test('nodes keep what the cluster gave them', () => {
  const nodes = row('nodes');
  const old = created(
    nodes,
    object('Node', { spec: { podCIDR: '10.0.0.0/24', providerID: 'p' }, status: { capacity: { cpu: '4000m' } } }),
  );
  assert.deepEqual(old.spec, { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'], providerID: 'p' });
  assert.deepEqual(old.status, { capacity: { cpu: '4' }, allocatable: { cpu: '4' } });
  const { said } = updated(nodes, old, (copy) => {
    copy.spec = { podCIDR: '10.0.1.0/24', podCIDRs: ['10.0.1.0/24'], providerID: 'q' };
  });
  assert.deepEqual(said, [
    'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
    'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
  ]);
});

test('nodes have taints once each, and sound networks', () => {
  const taints = [
    { key: 'a', effect: 'NoSchedule' },
    { key: 'a', effect: 'NoSchedule' },
    { key: 'a', effect: 'Never' },
  ];
  assert.deepEqual(
    saidOnCreate(row('nodes'), object('Node', { spec: { taints, podCIDRs: ['x', '10.0.0.0/8', '11.0.0.0/8'] } })),
    [
      'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair',
      'metadata.taints[2].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.podCIDRs: Invalid value: ["x","10.0.0.0/8","11.0.0.0/8"]: may specify no more than one CIDR for each IP family',
    ],
  );
});

test('columns of nodes print what kubectl does', () => {
  const node = object(
    'Node',
    {
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'Unknown' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.36.0', osImage: 'Debian' },
      },
    },
    {
      labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'infra' },
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
  );
  assert.deepEqual(cells('nodes', node), [
    'NotReady,SchedulingDisabled',
    'infra,worker',
    '60m',
    'v1.36.0',
    '10.0.0.1',
    '<none>',
    'Debian',
    '<unknown>',
    '<unknown>',
  ]);
});

test('endpoints need addresses that lead somewhere', () => {
  const say = (subsets: object[]) => saidOnCreate(row('endpoints'), object('Endpoints', { subsets }));
  assert.deepEqual(say([{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }]), []);
  assert.deepEqual(say([{}]), ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`']);
  assert.deepEqual(say([{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 0 }, { port: 1, name: 'a' }] }]), [
    'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    'subsets[0].ports[0].name: Required value',
    'subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
  ]);
});

test('columns of endpoints show three and count the rest', () => {
  const ips = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '::4'].map((ip) => ({ ip }));
  assert.equal(cells('endpoints', object('Endpoints'))[0], '<none>');
  const notReady = [{ notReadyAddresses: ips, ports: [{ port: 80 }] }];
  assert.equal(cells('endpoints', object('Endpoints', { subsets: notReady }))[0], '');
  assert.equal(
    cells('endpoints', object('Endpoints', { subsets: [{ addresses: ips.slice(3), ports: [] }] }))[0],
    '::4',
  );
  assert.equal(
    cells('endpoints', object('Endpoints', { subsets: [{ addresses: ips.slice(2), ports: [{ port: 80 }] }] }))[0],
    '10.0.0.3:80,[::4]:80',
  );
  assert.equal(
    cells('endpoints', object('Endpoints', { subsets: [{ addresses: ips, ports: [{ port: 80 }, { port: 81 }] }] }))[0],
    '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 5 more...',
  );
});

test('events are of the namespace of what they are about', () => {
  const say = (involvedObject: object, fields: object = {}) =>
    saidOnCreate(row('events'), object('Event', { involvedObject, ...fields }));
  assert.deepEqual(say({ namespace: 'default' }), []);
  assert.deepEqual(say({}), []);
  assert.deepEqual(say({ namespace: 'other' }), [
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ]);
  const text = say(
    {},
    { eventTime: '2026-01-01T00:00:00.000000Z', reportingComponent: 'a/b', reportingInstance: 'c', action: 'd' },
  );
  assert.deepEqual(text, ['reason: Required value']);
});

test('columns of events print what kubectl does', () => {
  const event = object('Event', {
    involvedObject: { kind: 'Pod', name: 'web', fieldPath: 'spec.containers{a}' },
    type: 'Warning',
    reason: 'Failed',
    message: ' broken \n',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:55:00Z',
    count: 3,
  });
  assert.deepEqual(cells('events', event), [
    '5m',
    'Warning',
    'Failed',
    'pod/web',
    'spec.containers{a}',
    'kubelet, n1',
    'broken',
    '60m',
    3,
    'x',
  ]);
});

test('events can be selected by what they are about', () => {
  const fields = row('events').versions[0]?.selectableFields ?? {};
  assert.deepEqual(Object.keys(fields).sort(), [
    'involvedObject.apiVersion',
    'involvedObject.fieldPath',
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.resourceVersion',
    'involvedObject.uid',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ]);
});

test('limit ranges of containers complete each other', () => {
  const limits = [{ type: 'Container', max: { cpu: '2000m' }, min: { memory: '64Mi' } }];
  assert.deepEqual(created(row('limitranges'), object('LimitRange', { spec: { limits } })).spec, {
    limits: [
      {
        type: 'Container',
        max: { cpu: '2' },
        min: { memory: '64Mi' },
        default: { cpu: '2' },
        defaultRequest: { cpu: '2', memory: '64Mi' },
      },
    ],
  });
});

test('limit ranges must not contradict themselves', () => {
  const say = (...limits: object[]) => saidOnCreate(row('limitranges'), object('LimitRange', { spec: { limits } }));
  assert.deepEqual(say({ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' }, default: { cpu: '1' } }, { type: 'Pod' }), [
    "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    'spec.limits[1].type: Duplicate value: "Pod"',
  ]);
  assert.deepEqual(
    say({ type: 'Container', min: { cpu: '1' }, default: { cpu: '500m' }, defaultRequest: { cpu: '600m' } }),
    [
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "600m": min value 1 is greater than default request value 600m',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "600m": default request value 600m is greater than default limit value 500m',
      'spec.limits[0].default[cpu]: Invalid value: "1": min value 1 is greater than default value 500m',
    ],
  );
  assert.deepEqual(say({ type: 'Pod', min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } }), [
    'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
  ]);
  assert.deepEqual(say({ type: 'PersistentVolumeClaim' }), [
    'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
  ]);
});

test('quotas count what there is to count', () => {
  const say = (spec: object) => saidOnCreate(row('resourcequotas'), object('ResourceQuota', { spec }));
  assert.deepEqual(
    say({ hard: { pods: '1', 'requests.cpu': '1', 'count/deployments.apps': '2', 'requests.example.com/gpu': '1' } }),
    [],
  );
  assert.deepEqual(say({ hard: { storage: '1', pods: '-1', services: '500m' } }), [
    'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
    'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
    'spec.hard[services]: Invalid value: "500m": must be an integer',
  ]);
  assert.deepEqual(say({ hard: { cpu: '1' }, scopes: ['BestEffort', 'NotBestEffort', 'Odd'] }), [
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Odd"]: unsupported scope applied to resource',
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Odd"]: unsupported scope',
    'spec.scopes: Invalid value: ["BestEffort","NotBestEffort","Odd"]: conflicting scopes',
  ]);
  assert.deepEqual(
    say({ hard: { pods: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In' }] } }),
    [
      "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' " +
        'for scope selector',
    ],
  );
});

test('quotas keep their scopes, and their status is not for users', () => {
  const quotas = row('resourcequotas');
  const old = created(
    quotas,
    object('ResourceQuota', { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] }, status: { used: { pods: '9' } } }),
  );
  assert.deepEqual(old.status, {});
  assert.deepEqual(
    updated(quotas, old, (copy) => {
      copy.spec = { hard: { pods: '1' } };
    }).said,
    ['spec.scopes: Invalid value: null: field is immutable'],
  );
  const shown = object('ResourceQuota', {
    status: { hard: { pods: '10', 'limits.cpu': '2', 'requests.cpu': '1' }, used: { pods: '3', 'limits.cpu': '500m' } },
  });
  assert.deepEqual(cells('resourcequotas', shown).slice(0, 2), ['pods: 3/10, requests.cpu: 0/1', 'limits.cpu: 500m/2']);
});

test('replication controllers select by the labels of their template', () => {
  const controllers = row('replicationcontrollers');
  const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'b:1' }] } };
  const made = created(controllers, object('ReplicationController', { spec: { template } }));
  const spec = made.spec as { replicas: number; selector: object };
  assert.deepEqual([spec.replicas, spec.selector, made.metadata.labels], [1, { app: 'a' }, { app: 'a' }]);
  assert.deepEqual(saidOnCreate(controllers, object('ReplicationController', { spec: { template } })), []);
  assert.deepEqual(saidOnCreate(controllers, object('ReplicationController', { spec: {} })), [
    'spec.selector: Required value',
    'spec.template: Required value',
  ]);
  const never = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
  assert.deepEqual(
    saidOnCreate(
      controllers,
      object('ReplicationController', { spec: { template: never, selector: { b: 'c' }, replicas: -1 } }),
    ),
    [
      'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ],
  );
  assert.deepEqual(cells('replicationcontrollers', { ...made, status: { replicas: 2, readyReplicas: 1 } }), [
    1,
    2,
    1,
    '<unknown>',
    'a',
    'b:1',
    'app=a',
  ]);
});

test('bindings lead to nodes', () => {
  const say = (target: object) => saidOnCreate(row('bindings'), object('Binding', { target }));
  assert.deepEqual(say({ kind: 'Node', name: 'n' }), []);
  assert.deepEqual(say({ kind: 'Pod' }), [
    'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    'target.name: Required value',
  ]);
});
