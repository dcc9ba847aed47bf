import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { endpointSlices } from './endpoint-slices.ts';

checkKind(endpointSlices, {
  minimal: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 80 }] },
  created: { ports: [{ name: '', port: 80, protocol: 'TCP' }] },
  invalid: [
    ['no type', { addressType: null }, 'addressType: Required value'],
    [
      'an unknown type',
      { addressType: 'MAC' },
      'addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"',
    ],
    [
      'addresses of another family',
      { endpoints: [{ addresses: ['::1'] }] },
      'endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address',
    ],
    [
      "an address of one's own machine",
      { endpoints: [{ addresses: ['127.0.0.1'] }] },
      'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
    ],
    ['no address', { endpoints: [{}] }, 'endpoints[0].addresses: Required value: must contain at least 1 address'],
    [
      'too many',
      { endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.0.0.1'] })) },
      'endpoints: Too many: 1001: must have at most 1000 items',
    ],
    [
      'ports of one name, and none',
      {
        ports: [
          { name: 'a', port: 0 },
          { name: 'a', protocol: 'ICMP' },
        ],
      },
      'ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'ports[1].name: Duplicate value: "a"',
      'ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ],
  ],
  refused: [
    ['another type', { addressType: 'FQDN', endpoints: [] }, 'addressType: Invalid value: "FQDN": field is immutable'],
  ],
  accepted: [['other endpoints', { endpoints: [] }]],
});

test('EndpointSlice: prints the first ports and addresses', () => {
  const { object } = createIn(endpointSlices, {
    addressType: 'IPv4',
    ports: [{ port: 80 }, { name: 'any' }],
    endpoints: [{ addresses: ['10.0.0.1'] }, { addresses: ['10.0.0.2', '10.0.0.3'] }, { addresses: ['10.0.0.4'] }],
  });
  const cells = endpointSlices.versions[0]?.columns?.slice(0, 3).map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells, ['IPv4', '80,any', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...']);
});
