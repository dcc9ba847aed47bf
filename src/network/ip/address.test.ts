import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  cidrContains,
  cidrsOverlap,
  formatAddress,
  formatCidr,
  lastAddress,
  parseAddress,
  parseCidr,
} from './address.ts';

function cidr(text: string) {
  const parsed = parseCidr(text);
  assert.ok(parsed, text);
  return parsed;
}

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed, text);
  return parsed;
}

describe('addresses', () => {
  test('text survives the way through numbers, in its canonical form', () => {
    const cases = {
      '0.0.0.0': '0.0.0.0',
      '255.255.255.255': '255.255.255.255',
      '10.0.0.1': '10.0.0.1',
      '::': '::',
      '::1': '::1',
      'FD00:0:0:0:0:0:0:1': 'fd00::1',
      '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
      '::ffff:10.1.2.3': '::ffff:a01:203',
      'fe80::': 'fe80::',
    };
    for (const [text, canonical] of Object.entries(cases)) assert.equal(formatAddress(address(text)), canonical);
  });

  test('what is no address is refused', () => {
    for (const text of ['', '1.2.3', '1.2.3.256', '01.2.3.4', 'fe80::1%eth0', ':::', 'x', '1.2.3.4/8', '[::1]']) {
      assert.equal(parseAddress(text), undefined, text);
    }
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '/8', '10.0.0.0/ 8']) {
      assert.equal(parseCidr(text), undefined, text);
    }
  });
});

describe('blocks', () => {
  test('bits after the prefix are dropped', () => {
    assert.equal(formatCidr(cidr('10.1.2.3/8')), '10.0.0.0/8');
    assert.equal(formatCidr(cidr('fd00:1:2:3:4::5/48')), 'fd00:1:2::/48');
    assert.equal(formatCidr(cidr('1.2.3.4/0')), '0.0.0.0/0');
    assert.equal(formatCidr(cidr('1.2.3.4/32')), '1.2.3.4/32');
  });

  test('a block knows its members and its last address', () => {
    const block = cidr('192.168.1.0/24');
    assert.equal(formatAddress({ family: 4, value: lastAddress(block) }), '192.168.1.255');
    assert.ok(cidrContains(block, address('192.168.1.0')));
    assert.ok(!cidrContains(block, address('192.168.2.0')));
    assert.ok(!cidrContains(cidr('::/0'), address('1.2.3.4')));
  });

  test('blocks overlap when one holds the other', () => {
    assert.ok(cidrsOverlap(cidr('10.0.0.0/8'), cidr('10.200.0.0/16')));
    assert.ok(cidrsOverlap(cidr('10.200.0.0/16'), cidr('10.0.0.0/8')));
    assert.ok(!cidrsOverlap(cidr('10.0.0.0/16'), cidr('10.1.0.0/16')));
    assert.ok(!cidrsOverlap(cidr('0.0.0.0/0'), cidr('::/0')));
  });
});
