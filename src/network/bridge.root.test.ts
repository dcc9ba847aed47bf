import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { writeSysctl } from './netns/sysctl.ts';
import { enterLaboratory, HOST, hostTraces, type Lab, OUTSIDE, openLab } from './testing/lab.ts';

before(enterLaboratory);

describe('a bridge network', () => {
  test("joins containers to each other, to the host and to the outside under the host's address", async () => {
    await using lab = await openLab();
    const [one, two] = [await lab.container('one', ['bridge']), await lab.container('two', ['bridge'])];
    await lab.outside.serve('outside', 8000);
    assert.ok(await one.pings(lab.endpoint(two).ipv4Address));
    assert.ok(await lab.host.pings(lab.endpoint(one).ipv4Address));
    assert.ok(await one.pings(lab.endpoint(one).ipv4Gateway));
    assert.equal(await one.get(OUTSIDE.ipv4, 8000), `outside ::ffff:${HOST.ipv4}`);
  });

  test("gives each container its own namespace, with docker's kernel parameters and a free choice of low ports", async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    const { output } = await one.sh(
      'cat /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_unprivileged_port_start; ip a',
    );
    assert.match(output, /^0\s+2147483647\n0\n/);
    assert.match(output, /lo: <LOOPBACK,UP/);
    assert.match(output, new RegExp(`inet ${lab.endpoint(one).ipv4Address}/16 .*eth0`));
    assert.doesNotMatch(output, /inet6 fe80/);
  });

  test('cannot be entered from outside past its published ports', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await one.serve('one', 80);
    const { ipv4Address } = lab.endpoint(one);
    await lab.outside.sh(`ip route add ${ipv4Address} via ${HOST.ipv4}`);
    assert.equal(await lab.outside.get(ipv4Address, 80), 'no answer');
    assert.equal(await lab.host.get(ipv4Address, 80), `one ::ffff:${lab.endpoint(one).ipv4Gateway}`);
    await lab.outside.sh(`ip route del ${ipv4Address}`);
  });

  test("keeps containers from services on the host's loopback", async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await lab.host.serve('secret', 9999);
    const { ipv4Gateway } = lab.endpoint(one);
    await one.sh(
      `ip address del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via ${ipv4Gateway} dev eth0 onlink; echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet`,
    );
    assert.equal(await one.get('127.0.0.1', 9999), 'no answer');
    assert.equal(await one.get(ipv4Gateway, 9999), `secret ::ffff:${lab.endpoint(one).ipv4Address}`);
  });

  test('is apart from other networks', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'left' });
    await lab.networks.create({ name: 'right' });
    const [one, two] = [await lab.container('one', ['left']), await lab.container('two', ['right'])];
    assert.ok(!(await one.pings(lab.endpoint(two).ipv4Address)));
  });

  test('without IPv4 works with IPv6 alone', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'six', enableIPv4: false, enableIPv6: true });
    const [one, two] = [await lab.container('one', ['six']), await lab.container('two', ['six'])];
    assert.equal(lab.endpoint(one).ipv4Address, '');
    assert.ok(await one.pings(lab.endpoint(two).ipv6Address));
    await lab.outside.serve('outside', 8001);
    assert.equal(await one.get(`[${OUTSIDE.ipv6}]`, 8001), `outside ${HOST.ipv6}`);
  });

  test('takes its subnet, gateway, range, MTU and name from the request', async () => {
    await using lab = await openLab();
    const { network } = await lab.networks.create({
      name: 'custom',
      pools: [{ subnet: '10.77.0.0/24', gateway: '10.77.0.254', ipRange: '10.77.0.128/25' }],
      options: { 'com.docker.network.bridge.name': 'br-custom', 'com.docker.network.driver.mtu': '1300' },
    });
    assert.equal(network.bridge, 'br-custom');
    const one = await lab.container('one', [{ network: 'custom', macAddress: '02:aa:bb:cc:dd:ee' }]);
    const two = await lab.container('two', [{ network: 'custom', ipv4Address: '10.77.0.7' }]);
    assert.equal(lab.endpoint(one).ipv4Address, '10.77.0.128');
    const { output } = await one.sh('ip link show eth0; ip route');
    assert.match(output, /mtu 1300/);
    assert.match(output, /02:aa:bb:cc:dd:ee/);
    assert.match(output, /default via 10\.77\.0\.254/);
    assert.ok(await one.pings(lab.endpoint(two).ipv4Address));
    await assert.rejects(
      lab.container('three', [{ network: 'custom', ipv4Address: '10.77.0.7' }]),
      /Address already in use/,
    );
  });
});

describe('an internal network', () => {
  test('has no way out, and its members reach each other', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'closed', internal: true });
    const [one, two] = [await lab.container('one', ['closed']), await lab.container('two', ['closed'])];
    assert.ok(await one.pings(lab.endpoint(two).ipv4Address));
    assert.ok(!(await one.pings(OUTSIDE.ipv4)));
    await one.sh(`ip route add default via ${await gatewayOf(lab, 'closed')}`);
    assert.ok(!(await one.pings(OUTSIDE.ipv4)), 'also with a route of its own making');
  });
});

describe('containers that may not talk to each other', () => {
  for (const filtered of ['1', '0']) {
    test(`are kept apart with bridge-nf-call-iptables=${filtered}`, async () => {
      writeSysctl('net/bridge/bridge-nf-call-iptables', filtered);
      writeSysctl('net/bridge/bridge-nf-call-ip6tables', filtered);
      try {
        await using lab = await openLab();
        await lab.networks.create({ name: 'apart', options: { 'com.docker.network.bridge.enable_icc': 'false' } });
        const [one, two] = [await lab.container('one', ['apart']), await lab.container('two', ['apart'])];
        assert.ok(!(await one.pings(lab.endpoint(two).ipv4Address)));
        assert.ok(await one.pings(OUTSIDE.ipv4));
        assert.ok(await lab.host.pings(lab.endpoint(two).ipv4Address));
      } finally {
        writeSysctl('net/bridge/bridge-nf-call-iptables', '1');
        writeSysctl('net/bridge/bridge-nf-call-ip6tables', '1');
      }
    });
  }
});

describe('connect and disconnect', () => {
  test('interfaces are numbered, and the default route follows priority and presence', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    await lab.networks.create({ name: 'b' });
    const one = await lab.container('one', ['a']);
    const sandbox = await lab.networks.createSandbox(one.id);
    const request = { containerId: one.id, containerName: 'one', aliases: [] };
    const b = await lab.networks.connect(sandbox, { ...request, network: 'b', gatewayPriority: 5 });
    assert.equal(b.interfaceName, 'eth1');
    assert.match((await one.sh('ip route')).output, /default via \S+ dev eth1/);
    await lab.networks.disconnect(one.id, b.networkId);
    const { output } = await one.sh('ip -o link; ip route');
    assert.match(output, /default via \S+ dev eth0/);
    assert.doesNotMatch(output, /eth1/);
    const again = await lab.networks.connect(sandbox, {
      ...request,
      network: 'b',
      driverOptions: {
        'com.docker.network.endpoint.ifname': 'back0',
        'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.log_martians=1',
      },
    });
    assert.equal(again.interfaceName, 'back0');
    assert.match(
      (await one.sh('cat /proc/sys/net/ipv4/conf/back0/log_martians; ip route')).output,
      /^1\ndefault via \S+ dev eth0/,
    );
    await assert.rejects(lab.networks.connect(sandbox, { ...request, network: 'b' }), /already exists in network b/);
  });

  test('a refused connect leaves nothing behind', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a', pools: [{ subnet: '10.78.0.0/29' }] });
    const one = await lab.container('one', []);
    const sandbox = await lab.networks.createSandbox(one.id);
    const request = { containerId: one.id, containerName: 'one', aliases: [], network: 'a' };
    const earlier = hostTraces(lab.dir);
    const options = { 'com.docker.network.endpoint.sysctls': 'net.ipv4.conf.IFNAME.no_such=1' };
    for (let round = 0; round < 8; round++) {
      await assert.rejects(lab.networks.connect(sandbox, { ...request, driverOptions: options }), /no_such/);
    }
    assert.equal(hostTraces(lab.dir), earlier);
    assert.deepEqual(lab.networks.endpointsOf(one.id), []);
    await lab.networks.connect(sandbox, request);
  });

  test('host and none are joined without an interface', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['none']);
    assert.equal(lab.endpoint(one).ipv4Address, '');
    assert.match((await one.sh('ip -o link | wc -l')).output, /^1\n/);
    const request = { containerId: 'f'.repeat(64), containerName: 'two', aliases: [], network: 'host' };
    const endpoint = await lab.networks.connect({ containerId: request.containerId, netnsPath: '' }, request);
    assert.equal(endpoint.networkName, 'host');
    assert.deepEqual(lab.networks.resolverFor(request.containerId).nameservers, ['127.0.0.53']);
    await lab.networks.release(request.containerId);
  });
});

describe('networks as objects', () => {
  test('are found by id, name and prefix, and refuse what docker refuses', async () => {
    await using lab = await openLab();
    const { networks } = lab;
    assert.deepEqual(
      networks
        .list()
        .map(({ name }) => name)
        .sort(),
      ['bridge', 'host', 'none'],
    );
    const { network } = await networks.create({ name: 'mine', labels: { a: 'b' } });
    assert.equal(networks.get(network.id.slice(0, 10)).name, 'mine');
    assert.throws(() => networks.get('nobody'), /network nobody not found/);
    await assert.rejects(networks.create({ name: 'mine' }), /network with name mine already exists/);
    await assert.rejects(networks.create({ name: 'bridge' }), /not permitted on predefined bridge network/);
    await assert.rejects(networks.create({ name: 'with space' }), /invalid network name/);
    await assert.rejects(networks.create({ name: 'x', driver: 'overlay' }), /could not find plugin overlay/);
    await assert.rejects(networks.create({ name: 'x', driver: 'host' }), /only one instance of "host"/);
    await assert.rejects(networks.create({ name: 'x', options: { 'com.docker.network.driver.mtu': '9' } }), /mtu/);
    await assert.rejects(networks.create({ name: 'x', enableIPv4: false }), /IPv4 or IPv6 must be enabled/);
    const { subnet = '' } = network.ipam.pools[0] ?? {};
    await assert.rejects(networks.create({ name: 'x', pools: [{ subnet }] }), /Pool overlaps with other one/);
    await assert.rejects(networks.remove('bridge'), /pre-defined network and cannot be removed/);
    const one = await lab.container('one', ['mine']);
    await assert.rejects(networks.remove('mine'), /has active endpoints \(name:"one"/);
    await networks.release(one.id);
    await networks.remove('mine');
    assert.throws(() => networks.get('mine'), /not found/);
  });

  test('many created at once get different subnets', async () => {
    await using lab = await openLab();
    const made = await Promise.all(Array.from({ length: 6 }, (_, index) => lab.networks.create({ name: `n${index}` })));
    assert.equal(new Set(made.map(({ network }) => network.ipam.pools[0]?.subnet)).size, 6);
  });
});

async function gatewayOf(lab: Lab, name: string): Promise<string> {
  return lab.networks.get(name).ipam.pools[0]?.gateway ?? '';
}
