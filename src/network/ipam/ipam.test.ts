import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isHakoError } from '#base';
import type { IpamPool } from '../contract.ts';
import { formatAddress, formatCidr, parseAddress, parseCidr } from '../ip/address.ts';
import type { NetworkRecord } from '../store/networks.ts';
import { NetworkAddresses } from './addresses.ts';
import { AddressAllocator } from './allocator.ts';
import { choosePools } from './choose.ts';
import { DEFAULT_POOLS, parsePool, pickSubnet } from './pools.ts';
import { localSubnet } from './ula.ts';

function cidr(text: string) {
  const parsed = parseCidr(text);
  assert.ok(parsed, text);
  return parsed;
}

function value(text: string): bigint {
  return parseAddress(text)?.value ?? -1n;
}

function take(allocator: AddressAllocator): string {
  const address = allocator.allocate();
  return address === undefined ? 'none' : formatAddress(address);
}

function network(name: string, pools: IpamPool[], extra: Partial<NetworkRecord> = {}): NetworkRecord {
  return {
    id: name,
    name,
    driver: 'bridge',
    createdAtMs: 0,
    internal: false,
    enableIPv4: true,
    enableIPv6: false,
    attachable: false,
    labels: {},
    options: {},
    bridge: `br-${name}`,
    hasChosenPool: false,
    ipam: { driver: 'default', options: {}, pools },
    ...extra,
  };
}

describe('AddressAllocator', () => {
  test('addresses go round before one is given again', () => {
    const allocator = new AddressAllocator(cidr('10.0.0.0/29'), undefined, [value('10.0.0.1')]);
    assert.equal(take(allocator), '10.0.0.2');
    allocator.release({ family: 4, value: value('10.0.0.2') });
    assert.deepEqual(
      Array.from({ length: 5 }, () => take(allocator)),
      ['10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.2'],
    );
    assert.equal(take(allocator), 'none');
  });

  test('addresses come from the range, and fixed ones from the whole subnet', () => {
    const allocator = new AddressAllocator(cidr('10.0.0.0/24'), cidr('10.0.0.128/30'));
    assert.ok(allocator.reserve({ family: 4, value: value('10.0.0.129') }));
    assert.ok(allocator.reserve({ family: 4, value: value('10.0.0.9') }));
    assert.ok(!allocator.reserve({ family: 4, value: value('10.0.0.9') }));
    assert.deepEqual(
      Array.from({ length: 4 }, () => take(allocator)),
      ['10.0.0.128', '10.0.0.130', '10.0.0.131', 'none'],
    );
  });

  test('the network and broadcast addresses cannot be had', () => {
    const allocator = new AddressAllocator(cidr('10.0.0.0/30'));
    assert.ok(!allocator.reserve({ family: 4, value: value('10.0.0.0') }));
    assert.ok(!allocator.reserve({ family: 4, value: value('10.0.0.3') }));
    assert.deepEqual([take(allocator), take(allocator), take(allocator)], ['10.0.0.1', '10.0.0.2', 'none']);
  });

  test('after a restart it goes on behind what is in use', () => {
    const allocator = new AddressAllocator(cidr('10.0.0.0/24'));
    for (const text of ['10.0.0.7', '10.0.0.3']) allocator.restore({ family: 4, value: value(text) });
    assert.equal(take(allocator), '10.0.0.8');
  });

  test('a huge IPv6 subnet costs nothing', () => {
    const allocator = new AddressAllocator(cidr('fd00::/64'), undefined, [value('fd00::1')]);
    assert.deepEqual([take(allocator), take(allocator)], ['fd00::2', 'fd00::3']);
  });
});

describe('default pools', () => {
  test('the first subnet that touches nothing of the host is taken', () => {
    assert.equal(formatCidr(pickSubnet(DEFAULT_POOLS, [])), '172.17.0.0/16');
    assert.equal(formatCidr(pickSubnet(DEFAULT_POOLS, [cidr('172.17.3.4/32')])), '172.18.0.0/16');
    assert.equal(formatCidr(pickSubnet(DEFAULT_POOLS, [cidr('172.16.0.0/12')])), '192.168.0.0/20');
    const many = [cidr('172.16.0.0/12'), cidr('192.168.0.0/22'), cidr('192.168.31.0/24')];
    assert.equal(formatCidr(pickSubnet(DEFAULT_POOLS, many)), '192.168.32.0/20');
  });

  test('when all are taken the error says what to do', () => {
    const pools = [{ base: '10.200.0.0/23', size: 24 }];
    const taken = [cidr('10.200.0.0/24'), cidr('10.200.1.0/24')];
    assert.throws(
      () => pickSubnet(pools, taken),
      (error) => isHakoError(error, 'exhausted') && /remove unused networks/.test(error.message),
    );
  });

  test('a wide pool with wide obstacles is not walked subnet by subnet', () => {
    const pools = [{ base: 'fd00::/16', size: 64 }];
    assert.equal(formatCidr(pickSubnet(pools, [cidr('fd00::/17')])), 'fd00:8000::/64');
  });

  test('nonsense in the settings is refused', () => {
    for (const pool of [
      { base: 'x', size: 24 },
      { base: '10.0.0.0/16', size: 8 },
      { base: '10.0.0.0/16', size: 31 },
    ]) {
      assert.throws(
        () => parsePool(pool),
        (error) => isHakoError(error, 'invalid'),
      );
    }
  });
});

describe('choosePools', () => {
  const surroundings = {
    installation: 'test',
    defaultPools: DEFAULT_POOLS,
    networks: [network('first', [{ subnet: '10.1.0.0/16', gateway: '10.1.0.1' }])],
    hostRanges: [{ block: cidr('192.0.2.0/24'), description: 'a route of the interface eth0', interfaceName: 'eth0' }],
  };
  const base = { networkId: 'n', bridge: 'br0', enableIPv4: true, enableIPv6: false };
  const choose = (requested: IpamPool[], extra = {}) => choosePools({ ...base, requested, ...extra }, surroundings);
  const refused = (pools: IpamPool[], code: 'invalid' | 'forbidden', words: RegExp, extra = {}) =>
    assert.throws(
      () => choose(pools, extra),
      (error) => isHakoError(error, code) && words.test(error.message),
    );

  test('what is left open is filled in', () => {
    assert.deepEqual(choose([{ subnet: '10.9.0.0/24' }]).pools, [{ subnet: '10.9.0.0/24', gateway: '10.9.0.1' }]);
    const full: IpamPool = {
      subnet: '10.9.0.0/24',
      gateway: '10.9.0.254',
      ipRange: '10.9.0.64/26',
      auxiliaryAddresses: { router: '10.9.0.65' },
    };
    assert.deepEqual(choose([full]).pools, [full]);
    assert.deepEqual(choose([]), {
      pools: [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1' }],
      hasChosenPool: true,
      warning: '',
    });
  });

  test('IPv6 without a subnet gets a unique local one', () => {
    const { pools } = choose([{ subnet: '10.9.0.0/24' }], { enableIPv6: true });
    assert.equal(pools.length, 2);
    assert.match(pools[1]?.subnet ?? '', /^fd[0-9a-f]{2}:[0-9a-f:]+::\/64$/);
    assert.deepEqual(localSubnet('a', 'n'), localSubnet('a', 'n'));
    assert.notDeepEqual(localSubnet('a', 'n'), localSubnet('b', 'n'));
  });

  test("overlaps are refused in docker's words", () => {
    const words = /Pool overlaps with other one on this address space/;
    refused([{ subnet: '10.1.128.0/24' }], 'forbidden', words);
    refused([{ subnet: '10.0.0.0/8' }], 'forbidden', words);
    refused([{ subnet: '192.0.2.0/24' }], 'forbidden', words);
    refused([{ subnet: '10.9.0.0/24' }, { subnet: '10.9.0.0/25' }], 'forbidden', words);
  });

  test('a subnet that merely touches a route of the host is allowed with a warning', () => {
    assert.match(choose([{ subnet: '192.0.2.128/25' }]).warning, /overlaps a route of the interface eth0/);
  });

  test('nonsense is refused with what to write instead', () => {
    refused([{ subnet: 'ten' }], 'invalid', /invalid subnet ten/);
    refused([{ subnet: '10.9.0.5/24' }], 'invalid', /it should be 10\.9\.0\.0\/24/);
    refused([{ subnet: '10.9.0.0/31' }], 'invalid', /no room/);
    refused([{ subnet: '10.9.0.0/24', gateway: '10.8.0.1' }], 'invalid', /not in the subnet/);
    refused([{ subnet: '10.9.0.0/24', gateway: '10.9.0.255' }], 'invalid', /broadcast/);
    refused([{ subnet: '10.9.0.0/24', gateway: 'gw' }], 'invalid', /not an IP address/);
    refused([{ subnet: '10.9.0.0/24', ipRange: '10.9.1.0/25' }], 'invalid', /not a part/);
    refused([{ subnet: '10.9.0.0/24', ipRange: '10.0.0.0/8' }], 'invalid', /not a part/);
    refused([{ subnet: '10.9.0.0/24' }, { subnet: '10.8.0.0/24' }], 'invalid', /one IPv4 subnet/);
  });
});

describe('NetworkAddresses', () => {
  const pools = [{ subnet: '10.9.0.0/29', gateway: '10.9.0.1', auxiliaryAddresses: { nas: '10.9.0.2' } }];

  test('gateway, auxiliary addresses and those in use are kept free', () => {
    const addresses = new NetworkAddresses(network('n', pools), ['10.9.0.4']);
    assert.deepEqual(addresses.take(4, ''), { address: '10.9.0.5', prefixLength: 29, gateway: '10.9.0.1' });
    assert.equal(addresses.take(4, '')?.address, '10.9.0.6');
    assert.equal(addresses.take(4, '')?.address, '10.9.0.3');
    assert.throws(
      () => addresses.take(4, ''),
      (error) => isHakoError(error, 'exhausted'),
    );
    assert.equal(addresses.take(6, ''), undefined);
  });

  test('a wanted address is given, or the refusal names it', () => {
    const addresses = new NetworkAddresses(network('n', pools), []);
    const refused = (wanted: string, code: 'invalid' | 'forbidden', words: RegExp, family: 4 | 6 = 4) =>
      assert.throws(
        () => addresses.take(family, wanted),
        (error) => isHakoError(error, code) && words.test(error.message),
      );
    assert.equal(addresses.take(4, '10.9.0.6')?.address, '10.9.0.6');
    refused('10.9.0.6', 'forbidden', /Address already in use: 10\.9\.0\.6/);
    refused('10.9.0.1', 'forbidden', /Address already in use/);
    refused('10.9.0.7', 'forbidden', /Address already in use/);
    refused('10.8.0.1', 'invalid', /does not belong to any of this network's subnets/);
    refused('nonsense', 'invalid', /not an IP address/);
    refused('fd00::1', 'invalid', /no IPv6 subnet/, 6);
    addresses.release('10.9.0.6');
    assert.equal(addresses.take(4, '10.9.0.6')?.address, '10.9.0.6');
  });

  test('in a subnet that was chosen by us no address can be asked for', () => {
    const addresses = new NetworkAddresses(network('n', pools, { hasChosenPool: true }), []);
    assert.throws(
      () => addresses.take(4, '10.9.0.5'),
      /supported only when connecting to networks with user configured subnets/,
    );
  });
});
