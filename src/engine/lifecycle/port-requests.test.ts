import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { portRequests } from './port-requests.ts';

test('portRequests reads single ports, ranges and random ones', () => {
  const bindings = { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8080' }, { HostPort: '9000-9010' }], '53/udp': [] };
  assert.deepEqual(portRequests({ Image: 'x' }, { PortBindings: bindings }), [
    { containerPort: 80, protocol: 'tcp', hostIp: '127.0.0.1', hostPortStart: 8080, hostPortEnd: 8080 },
    { containerPort: 80, protocol: 'tcp', hostIp: '', hostPortStart: 9000, hostPortEnd: 9010 },
    { containerPort: 53, protocol: 'udp', hostIp: '', hostPortStart: 0, hostPortEnd: 0 },
  ]);
});

test('portRequests publishes exposed ports with -P, bindings unchanged', () => {
  const config = { Image: 'x', ExposedPorts: { '80/tcp': {}, '443/tcp': {} } };
  const requests = portRequests(config, { PublishAllPorts: true, PortBindings: { '80/tcp': [{ HostPort: '1' }] } });
  assert.deepEqual(
    requests.map(({ containerPort, hostPortStart }) => [containerPort, hostPortStart]),
    [
      [80, 1],
      [443, 0],
    ],
  );
});

test('portRequests refuses what is no port', () => {
  for (const [port, host] of [
    ['0/tcp', '1'],
    ['80/icmp', '1'],
    ['80/tcp', '70000'],
    ['80/tcp', '20-10'],
    ['x', '1'],
  ] as const) {
    const bindings = { [port]: [{ HostPort: host }] };
    assert.throws(
      () => portRequests({ Image: 'x' }, { PortBindings: bindings }),
      (error) => isHakoError(error, 'invalid'),
      port,
    );
  }
});
