import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalCidrErrors, canonicalIpErrors, cidrErrors, ipErrors, validateIp } from './addresses.ts';
import { FieldErrors } from './field-errors.ts';
import { SPEC } from './path.ts';

const NO_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const NO_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const MAPPED = 'must not be an IPv4-mapped IPv6 address';
const BEYOND = 'must not have bits set beyond the prefix length';
const ZEROS = 'must not have leading 0s in IP or prefix length';

/** An address or range, what is wrong with it, and what is wrong with it where it must be canonical too. */
const ADDRESSES: readonly [string, string | undefined, string?][] = [
  ['10.9.8.7', undefined],
  ['2001:db8::1', undefined],
  ['::', undefined],
  ['2001:0db8:0:0::1', undefined, 'must be in canonical form ("2001:db8::1")'],
  ['2001:DB8::1', undefined, 'must be in canonical form ("2001:db8::1")'],
  ['010.9.8.7', 'must not have leading 0s'],
  ['::ffff:10.9.8.7', MAPPED],
  ['::ffff:a09:807', MAPPED],
  ['::10.9.8.7', undefined, 'must be in canonical form ("::a09:807")'],
  ['fe80::1%eth0', NO_IP],
  ['10.9.8', NO_IP],
  ['', NO_IP],
];
const RANGES: readonly [string, string | undefined, string?][] = [
  ['10.9.8.0/24', undefined],
  ['10.9.8.128/25', undefined],
  ['0.0.0.0/0', undefined],
  ['10.9.8.7/32', undefined],
  ['10.9.8.7/24', BEYOND],
  ['10.9.8.1/31', BEYOND],
  ['010.9.8.0/24', ZEROS],
  ['10.9.8.0/024', ZEROS],
  ['2001:db8::/64', undefined],
  ['2001:db8:0:0:8000::/65', undefined],
  ['::/0', undefined],
  ['2001:db8:0:0::/64', undefined, 'must be in canonical form ("2001:db8::/64")'],
  ['2001:db8::1/64', BEYOND],
  ['2001:db8:0:0:c000::/65', BEYOND],
  ['::ffff:10.9.8.0/120', 'must not have an IPv4-mapped IPv6 address'],
  ['10.9.8.0/33', NO_CIDR],
  ['10.9.8.0', NO_CIDR],
  ['10.9.8.0/+4', NO_CIDR],
];

function asList(message: string | undefined): string[] {
  return message === undefined ? [] : [message];
}

describe('addresses are such as every program reads alike', () => {
  for (const [text, wrong, uncanonical] of ADDRESSES) {
    it(JSON.stringify(text), () => {
      assert.deepEqual(ipErrors(text), asList(wrong));
      assert.deepEqual(canonicalIpErrors(text), asList(wrong ?? uncanonical));
    });
  }
});

describe('ranges are such as every program reads alike', () => {
  for (const [text, wrong, uncanonical] of RANGES) {
    it(JSON.stringify(text), () => {
      assert.deepEqual(cidrErrors(text), asList(wrong));
      assert.deepEqual(canonicalCidrErrors(text), asList(wrong ?? uncanonical));
    });
  }
});

it('what was there before the rules became stricter stays', () => {
  const errors = new FieldErrors();
  validateIp('010.9.8.7', SPEC, errors, ['010.9.8.7']);
  assert.deepEqual(errors.list, []);
  validateIp('010.9.8.8', SPEC, errors, ['010.9.8.7']);
  assert.equal(errors.list.length, 1);
});
