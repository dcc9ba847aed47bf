import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isHakoError } from '#base';
import type { PortRequest } from '../contract.ts';
import { forwardingElement } from '../firewall/element.ts';
import { forwardingOf, type PortSurroundings, planBindings, proxyOf } from './plan.ts';

const IPV4_ONLY: PortSurroundings = {
  target: { ipv4: '172.17.0.2', ipv6: '' },
  hostHasIPv6: true,
  obeyHostFirewall: false,
  defaultHostIp: '',
};
const DUAL: PortSurroundings = { ...IPV4_ONLY, target: { ipv4: '172.17.0.2', ipv6: 'fd00::2' } };

function request(hostIp: string, protocol: PortRequest['protocol'] = 'tcp'): PortRequest {
  return { containerPort: 80, protocol, hostIp, hostPortStart: 8080, hostPortEnd: 8080 };
}

/** What serves a request: rule elements as text, and proxies. */
function plan(hostIp: string, surroundings: PortSurroundings, protocol: PortRequest['protocol'] = 'tcp') {
  const asked = request(hostIp, protocol);
  return planBindings(asked, surroundings).flatMap((binding) => [
    ...forwardingOf(asked, 8080, binding).map((forwarding) => {
      const { set, text } = forwardingElement(forwarding);
      return `${set}: ${text}`;
    }),
    ...proxyOf(asked, 8080, binding).map((proxy) => `proxy: ${proxy.address} -> ${proxy.targetAddress}`),
  ]);
}

describe('planBindings', () => {
  test('all addresses: rules for IPv4, the proxy for IPv6 of a network without it', () => {
    assert.deepEqual(plan('', IPV4_ONLY), ['published4any: tcp . 8080 : 172.17.0.2 . 80', 'proxy: :: -> 172.17.0.2']);
    assert.deepEqual(plan('', { ...IPV4_ONLY, hostHasIPv6: false }), ['published4any: tcp . 8080 : 172.17.0.2 . 80']);
  });

  test('with IPv6 rules serve it, and the proxy what only reaches ::1', () => {
    assert.deepEqual(plan('', DUAL), [
      'published4any: tcp . 8080 : 172.17.0.2 . 80',
      'published6any: tcp . 8080 : fd00::2 . 80',
      'proxy: :: -> 172.17.0.2',
    ]);
    assert.deepEqual(plan('fd12::1', DUAL), ['published6: fd12::1 . tcp . 8080 : fd00::2 . 80']);
    assert.deepEqual(plan('::1', DUAL), ['proxy: ::1 -> 172.17.0.2']);
  });

  test('one address means one address', () => {
    assert.deepEqual(plan('127.0.0.1', DUAL), ['published4: 127.0.0.1 . tcp . 8080 : 172.17.0.2 . 80']);
    assert.deepEqual(plan('', { ...DUAL, defaultHostIp: '192.0.2.1' }), [
      'published4: 192.0.2.1 . tcp . 8080 : 172.17.0.2 . 80',
    ]);
  });

  test("obeying the host's firewall leaves no rule of ours in the way", () => {
    assert.deepEqual(plan('', { ...DUAL, obeyHostFirewall: true }), [
      'proxy: 0.0.0.0 -> 172.17.0.2',
      'proxy: :: -> 172.17.0.2',
    ]);
  });

  test('sctp has rules only', () => {
    assert.deepEqual(plan('', IPV4_ONLY, 'sctp'), ['published4any: sctp . 8080 : 172.17.0.2 . 80']);
    assert.deepEqual(plan('', DUAL, 'sctp').length, 2);
    assert.throws(
      () => plan('::', IPV4_ONLY, 'sctp'),
      (error) => isHakoError(error, 'unsupported'),
    );
  });

  test('an IPv6-only container is reached from IPv4 through the proxy', () => {
    assert.deepEqual(plan('', { ...DUAL, target: { ipv4: '', ipv6: 'fd00::2' } }), [
      'proxy: 0.0.0.0 -> fd00::2',
      'published6any: tcp . 8080 : fd00::2 . 80',
      'proxy: :: -> fd00::2',
    ]);
  });

  test('nonsense is refused', () => {
    assert.throws(
      () => plan('localhost', DUAL),
      (error) => isHakoError(error, 'invalid'),
    );
  });
});
