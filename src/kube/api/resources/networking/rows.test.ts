import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTEXT, changeIn, checkKind, createIn, NOW_MS, type Patch, updateIn } from '../testing/check-kind.ts';
import { ingressClasses } from './ingress-classes.ts';
import { ingresses } from './ingresses.ts';
import { ipAddresses } from './ip-addresses.ts';
import { networkPolicies } from './network-policies.ts';
import { serviceCidrs } from './service-cidrs.ts';

const BACKEND = { service: { name: 'web', port: { number: 80 } } };
const PATH = { path: '/', pathType: 'Prefix', backend: BACKEND };
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with " +
  "an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

function withPath(path: object): Patch {
  return { spec: { rules: [{ host: 'example.com', http: { paths: [{ ...PATH, ...path }] } }] } };
}

checkKind(ingresses, {
  minimal: { spec: { rules: [{ host: 'example.com', http: { paths: [PATH] } }] } },
  created: { status: { loadBalancer: {} } },
  invalid: [
    [
      'nothing that goes anywhere',
      { spec: null },
      'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified',
    ],
    [
      'a path without a type',
      withPath({ pathType: undefined }),
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    ],
    [
      'an unknown type',
      withPath({ pathType: 'Regex' }),
      'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
    [
      'a path that starts nowhere',
      withPath({ path: 'a' }),
      'spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path',
    ],
    [
      'a path that climbs',
      withPath({ path: '/a//b/..' }),
      'spec.rules[0].http.paths[0].path: Invalid value: "/a//b/..": must not contain \'//\'',
      'spec.rules[0].http.paths[0].path: Invalid value: "/a//b/..": cannot end with \'/..\'',
    ],
    [
      'a backend of two sorts',
      withPath({ backend: { ...BACKEND, resource: { kind: 'A', name: 'b', apiGroup: 'c' } } }),
      'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both resource and service backends',
    ],
    [
      'a backend of none',
      { spec: { defaultBackend: {} } },
      'spec.defaultBackend: Invalid value: "": resource or service backend is required',
    ],
    [
      'a service without a port',
      { spec: { defaultBackend: { service: { name: 'web' } } } },
      'spec.defaultBackend: Required value: port name or number is required',
    ],
    [
      'a service with two ports',
      { spec: { defaultBackend: { service: { name: 'web', port: { name: 'http', number: 80 } } } } },
      'spec.defaultBackend: Invalid value: "": cannot set both port name & port number',
    ],
    [
      'an address as host',
      { spec: { rules: [{ host: '10.0.0.1' }] } },
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
    [
      'a host in capitals',
      { spec: { tls: [{ hosts: ['Example.com'] }] } },
      `spec.tls[0].hosts[0]: Invalid value: "Example.com": ${SUBDOMAIN}`,
    ],
    [
      'two classes',
      { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { ingressClassName: 'b' } },
      'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
    ],
  ],
  accepted: [
    [
      'a wildcard, a class, a secret',
      { spec: { ingressClassName: 'a', tls: [{ hosts: ['*.example.com'], secretName: 's' }] } },
    ],
    [
      'two classes, on what is there',
      { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { ingressClassName: 'b' } },
    ],
  ],
});

test('Ingress: what was wrong already is let be', () => {
  const backend = { service: { name: 's', port: { number: 80 } } };
  const http = (path: string) => ({ paths: [{ path, pathType: 'Prefix', backend }] });
  const { object: old } = createIn(ingresses, {
    spec: { rules: [{ host: '*.example.com', http: http('no/slash') }], tls: [{ secretName: 'No Name' }] },
  });
  const complaintsOf = (change: object, before = old) => {
    const next = structuredClone(before);
    Object.assign(next.spec as object, change);
    return ingresses.strategy.validateUpdate?.(next, before, CONTEXT).map(({ field }) => field);
  };
  assert.deepEqual(complaintsOf({ ingressClassName: 'nginx' }), []);
  // Rules to one name are looked at as ever.
  const plain = [{ host: 'a.example.com', http: http('no/slash') }];
  assert.deepEqual(complaintsOf({ rules: plain }), ['spec.rules[0].http.paths[0].path']);
  const sound = structuredClone(old);
  sound.spec = { rules: [{ host: '*.example.com', http: http('/') }] };
  assert.deepEqual(complaintsOf(old.spec as object, sound), [
    'spec.rules[0].http.paths[0].path',
    'spec.tls[0].secretName',
  ]);
});

test('Ingress: is stored where upstream has it, and prints hosts, addresses and ports', () => {
  assert.equal(ingresses.storagePrefix, 'ingress');
  const rules = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ host: `${name}.example.com` }));
  const { object } = createIn(ingresses, { spec: { ingressClassName: 'nginx', rules, tls: [{}] } });
  object.status = {
    loadBalancer: { ingress: [{ ip: '10.0.0.2' }, { hostname: 'lb.example.com' }, { ip: '10.0.0.1' }] },
  };
  const cells = ingresses.versions[0]?.columns?.slice(0, 4).map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells, [
    'nginx',
    'a.example.com,b.example.com,c.example.com + 2 more...',
    '10.0.0.1,10.0.0.2,lb.example.com',
    '80, 443',
  ]);
});

test('Ingress: warns of the annotation that is no more', () => {
  const warnings: string[] = [];
  const { object } = createIn(ingresses, {
    metadata: { annotations: { 'kubernetes.io/ingress.class': 'nginx' } },
    spec: { defaultBackend: BACKEND },
  });
  ingresses.strategy.validate?.(object, { nowMs: NOW_MS, warn: (message) => warnings.push(message) });
  assert.deepEqual(warnings, [
    'annotation "kubernetes.io/ingress.class" is deprecated, please use \'spec.ingressClassName\' instead',
  ]);
});

test('Ingress: the status holds addresses', () => {
  const minimal = { spec: { defaultBackend: BACKEND } };
  const patch = { status: { loadBalancer: { ingress: [{ ip: 'here' }, { hostname: '10.0.0.1' }] } } };
  assert.deepEqual(updateIn(ingresses, minimal, patch, 'status').complaints, [
    'status.loadBalancer.ingress[0].ip: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ]);
});

checkKind(ingressClasses, {
  minimal: { spec: { controller: 'example.com/nginx', parameters: { kind: 'Settings', name: 'fast' } } },
  created: { spec: { parameters: { scope: 'Cluster' } } },
  invalid: [
    ['no controller', { spec: { controller: null } }, 'spec.controller: Required value'],
    [
      'a controller without a domain',
      { spec: { controller: 'nginx' } },
      'spec.controller: Invalid value: "nginx": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
    [
      'a namespace for the whole cluster',
      { spec: { parameters: { namespace: 'shop' } } },
      "spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
    ],
    [
      'no namespace for a namespace',
      { spec: { parameters: { scope: 'Namespace' } } },
      "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
    [
      'another scope',
      { spec: { parameters: { scope: 'World' } } },
      'spec.parameters.scope: Unsupported value: "World": supported values: "Cluster", "Namespace"',
    ],
  ],
  refused: [
    [
      'another controller',
      { spec: { controller: 'example.com/other' } },
      'spec.controller: Invalid value: "example.com/other": field is immutable',
    ],
  ],
});

checkKind(networkPolicies, {
  minimal: { spec: { egress: [{ ports: [{ port: 53 }] }] } },
  created: {
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 53, protocol: 'TCP' }] }] },
  },
  invalid: [
    [
      'ports that are none',
      { spec: { ingress: [{ ports: [{ port: 70000 }, { port: 'UPPER' }, { protocol: 'ICMP' }] }] } },
      'spec.ingress[0].ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.ingress[0].ports[1].port: Invalid value: "UPPER": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.ingress[0].ports[1].port: Invalid value: "UPPER": must contain at least one letter (a-z)',
      'spec.ingress[0].ports[2].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'ranges that are none',
      { spec: { ingress: [{ ports: [{ port: 80, endPort: 79 }, { endPort: 5 }, { port: 'web', endPort: 5 }] }] } },
      'spec.ingress[0].ports[0].endPort: Invalid value: 79: must be greater than or equal to `port`',
      'spec.ingress[0].ports[1].endPort: Invalid value: 5: may not be specified when `port` is not specified',
      'spec.ingress[0].ports[2].endPort: Invalid value: 5: may not be specified when `port` is non-numeric',
    ],
    ['nobody', { spec: { ingress: [{ from: [{}] }] } }, 'spec.ingress[0].from[0]: Required value: must specify a peer'],
    [
      'pods and a block in one',
      { spec: { ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] } },
      'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
    ],
    [
      'blocks that are none',
      { spec: { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/33' } }, { ipBlock: {} }] }] } },
      'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.egress[0].to[1].ipBlock.cidr: Required value',
    ],
    [
      'exceptions from elsewhere',
      {
        spec: {
          egress: [
            {
              to: [{ ipBlock: { cidr: '10.1.0.0/16', except: ['10.1.2.0/24', '10.2.0.0/24', '10.1.0.0/16', '::/0'] } }],
            },
          ],
        },
      },
      'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "10.2.0.0/24": must be a strict subset of `cidr`',
      'spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "10.1.0.0/16": must be a strict subset of `cidr`',
      'spec.egress[0].to[0].ipBlock.except[3]: Invalid value: "::/0": must be a strict subset of `cidr`',
    ],
    [
      'an unknown direction',
      { spec: { policyTypes: ['Sideways'] } },
      'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Egress", "Ingress"',
    ],
  ],
});

checkKind(ipAddresses, {
  minimal: {
    metadata: { name: '2001:db8::1' },
    spec: { parentRef: { resource: 'services', namespace: 'shop', name: 'web' } },
  },
  invalid: [
    [
      'a name that is no address',
      { metadata: { name: 'web' } },
      'metadata.name: Invalid value: "web": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'an address that is not canonical',
      { metadata: { name: '2001:DB8:0::1' } },
      'metadata.name: Invalid value: "2001:DB8:0::1": must be in canonical form ("2001:db8::1")',
    ],
    ['nobody who has it', { spec: { parentRef: null } }, 'spec.parentRef: Required value'],
    [
      'somebody without a name',
      { spec: { parentRef: { name: null, resource: null } } },
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Required value',
    ],
  ],
  refused: [
    [
      'somebody else',
      { spec: { parentRef: { name: 'other' } } },
      'spec.parentRef: Invalid value: {"resource":"services","namespace":"shop","name":"other"}: field is immutable',
    ],
  ],
});

checkKind(serviceCidrs, {
  minimal: { spec: { cidrs: ['10.96.0.0/12'] } },
  invalid: [
    ['no range', { spec: { cidrs: [] } }, 'spec.cidrs: Required value: at least one CIDR required'],
    [
      'two ranges of one family',
      { spec: { cidrs: ['10.0.0.0/8', '10.96.0.0/12'] } },
      'spec.cidrs: Invalid value: {"cidrs":["10.0.0.0/8","10.96.0.0/12"]}: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
    [
      'a range that is none',
      { spec: { cidrs: ['10.0.0.0'] } },
      'spec.cidrs[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  refused: [
    [
      'another range',
      { spec: { cidrs: ['10.0.0.0/8'] } },
      'spec.cidrs[0]: Invalid value: "10.0.0.0/8": field is immutable',
    ],
  ],
  accepted: [['the other family, later', { spec: { cidrs: ['10.96.0.0/12', 'fd00::/112'] } }]],
});

test('NetworkPolicy: ranges that were allowed once may stay, and none be added', () => {
  const ranges = (...cidrs: string[]) => ({
    spec: { ingress: [{ from: cidrs.map((cidr) => ({ ipBlock: { cidr } })) }] },
  });
  const { object, complaints } = createIn(networkPolicies, ranges('10.1.1.1/8'));
  const at = 'spec.ingress[0].from';
  const beyond = 'must not have bits set beyond the prefix length';
  assert.deepEqual(complaints, [`${at}[0].ipBlock.cidr: Invalid value: "10.1.1.1/8": ${beyond}`]);
  assert.deepEqual(changeIn(networkPolicies, object, ranges('10.1.1.1/8', '10.1.1.2/8')).complaints, [
    `${at}[1].ipBlock.cidr: Invalid value: "10.1.1.2/8": ${beyond}`,
  ]);
});
