import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { before, describe, test } from 'node:test';
import { isHakoError } from '#base';
import type { PortRequest } from './contract.ts';
import { enterLaboratory, HOST, hostTraces, type Lab, OUTSIDE, openLab } from './testing/lab.ts';

before(enterLaboratory);

function port(hostPort: number, extra: Partial<PortRequest> = {}): PortRequest {
  return { containerPort: 80, protocol: 'tcp', hostIp: '', hostPortStart: hostPort, hostPortEnd: hostPort, ...extra };
}

async function webServer(lab: Lab, name: string, networks = ['bridge']) {
  const container = await lab.container(name, networks);
  await container.serve(name, 80);
  return container;
}

describe('a published port', () => {
  test("is reached from everywhere: loopback, the host's addresses, outside, other containers and the container itself", async () => {
    await using lab = await openLab();
    const one = await webServer(lab, 'one');
    const two = await lab.container('two', ['bridge']);
    await lab.networks.create({ name: 'other' });
    const three = await lab.container('three', ['other']);
    assert.deepEqual(await lab.networks.publish(one.id, [port(8080)]), [
      { containerPort: 80, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080 },
      { containerPort: 80, protocol: 'tcp', hostIp: '::', hostPort: 8080 },
    ]);
    const { ipv4Gateway: gateway } = lab.endpoint(one);
    assert.equal(await lab.host.get('127.0.0.1', 8080), `one ::ffff:${gateway}`);
    assert.match(await lab.host.get(HOST.ipv4, 8080), /^one /);
    assert.match(await lab.host.get('[::1]', 8080), /^one /);
    assert.match(await lab.host.get(`[${HOST.ipv6}]`, 8080), /^one /);
    assert.equal(await lab.outside.get(HOST.ipv4, 8080), `one ::ffff:${OUTSIDE.ipv4}`, 'with the address of who asks');
    assert.match(await lab.outside.get(`[${HOST.ipv6}]`, 8080), /^one /);
    for (const container of [one, two, three]) {
      assert.match(await container.get(HOST.ipv4, 8080), /^one /, `${container.name} by the host's address`);
      assert.match(
        await container.get(lab.endpoint(container).ipv4Gateway, 8080),
        /^one /,
        `${container.name} by its gateway`,
      );
    }
  });

  test('of a container with IPv6 is reached by rules, with the address of who asks', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'dual', enableIPv6: true });
    const one = await webServer(lab, 'one', ['dual']);
    const two = await lab.container('two', ['dual']);
    await lab.networks.publish(one.id, [port(8080)]);
    assert.equal(await lab.outside.get(`[${HOST.ipv6}]`, 8080), `one ${OUTSIDE.ipv6}`);
    assert.match(await lab.host.get('[::1]', 8080), /^one /);
    assert.match(await two.get(`[${HOST.ipv6}]`, 8080), /^one /);
    assert.match(await one.get(`[${HOST.ipv6}]`, 8080), /^one /);
  });

  test('on one address is not on others', async () => {
    await using lab = await openLab();
    const one = await webServer(lab, 'one');
    await lab.networks.publish(one.id, [port(8080, { hostIp: '127.0.0.1' }), port(8081, { hostIp: HOST.ipv4 })]);
    assert.match(await lab.host.get('127.0.0.1', 8080), /^one /);
    assert.equal(await lab.outside.get(HOST.ipv4, 8080), 'no answer');
    assert.match(await lab.outside.get(HOST.ipv4, 8081), /^one /);
    assert.equal(await lab.host.get('127.0.0.1', 8081), 'no answer');
  });

  test('carries datagrams both ways, and none to a container that is gone', async () => {
    await using lab = await openLab();
    const udp = { protocol: 'udp', containerPort: 5000 } as const;
    const one = await lab.container('one', ['bridge']);
    await one.echo('one', 5000);
    await lab.networks.publish(one.id, [port(5000, udp)]);
    assert.equal(await lab.host.ask('127.0.0.1', 5000), 'one hi');
    assert.equal(await lab.outside.ask(HOST.ipv4, 5000), 'one hi');
    assert.equal(await lab.outside.ask(HOST.ipv6, 5000), 'one hi');
    const replies = await sameSocketAcross(lab, one.id, async () => {
      const two = await lab.container('two', ['bridge']);
      await two.echo('two', 5000);
      await lab.networks.publish(two.id, [port(5000, udp)]);
    });
    assert.deepEqual(replies, ['one x', 'two x']);
  });

  test('disappears with unpublish, and can then be had by another', async () => {
    await using lab = await openLab();
    const [one, two] = [await webServer(lab, 'one'), await webServer(lab, 'two')];
    await lab.networks.publish(one.id, [port(8080)]);
    await lab.networks.unpublish(one.id);
    assert.deepEqual(lab.networks.publishedPorts(one.id), []);
    assert.equal(await lab.host.get('127.0.0.1', 8080), 'no answer');
    await lab.networks.publish(two.id, [port(8080)]);
    await lab.networks.release(two.id);
    await lab.networks.publish(one.id, [port(8080)]);
    assert.match(await lab.host.get('[::1]', 8080), /^one /);
    await lab.networks.publish(one.id, [port(8082)]);
    for (const number of [8080, 8082]) assert.match(await lab.host.get('127.0.0.1', number), /^one /);
  });

  test('follows the container to the network that leads out', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'closed', internal: true });
    await lab.networks.create({ name: 'open' });
    const one = await webServer(lab, 'one', ['closed']);
    assert.deepEqual(await lab.networks.publish(one.id, [port(8080)]), []);
    assert.equal(await lab.host.get('127.0.0.1', 8080), 'no answer');
    const sandbox = await lab.networks.createSandbox(one.id);
    const request = { containerId: one.id, containerName: 'one', aliases: [], network: 'open' };
    const { networkId } = await lab.networks.connect(sandbox, request);
    assert.equal(lab.networks.publishedPorts(one.id).length, 2);
    assert.match(await lab.host.get('127.0.0.1', 8080), /^one /);
    assert.match(await lab.host.get('[::1]', 8080), /^one /);
    await lab.networks.disconnect(one.id, networkId);
    assert.equal(await lab.host.get('127.0.0.1', 8080), 'no answer');
  });
});

describe('choosing a host port', () => {
  test('a range gives its first free port, none gives one of the ephemeral ones', async () => {
    await using lab = await openLab();
    const [one, two] = [await lab.container('one', ['bridge']), await lab.container('two', ['bridge'])];
    const range = port(9000, { hostPortEnd: 9001 });
    assert.equal((await lab.networks.publish(one.id, [range]))[0]?.hostPort, 9000);
    assert.equal((await lab.networks.publish(two.id, [range]))[0]?.hostPort, 9001);
    await assert.rejects(lab.networks.publish(two.id, [{ ...range, containerPort: 81 }]), /port is already allocated/);
    const [random] = await lab.networks.publish(one.id, [port(0)]);
    assert.ok(Number(random?.hostPort) >= 32_768);
  });

  test('a port that another program has is refused, and the refusal undone whole', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    const earlier = hostTraces(lab.dir);
    await using server = createServer().listen(8088, '127.0.0.1');
    await once(server, 'listening');
    const conflict = (error: unknown) =>
      isHakoError(error, 'conflict') &&
      /Bind for 0\.0\.0\.0:8088 failed: port is already allocated/.test(error.message);
    await assert.rejects(lab.networks.publish(one.id, [port(8087), port(8088)]), conflict);
    await lab.networks.settled();
    assert.equal(hostTraces(lab.dir), earlier);
    await server[Symbol.asyncDispose]();
    await lab.networks.publish(one.id, [port(8087), port(8088)]);
  });

  test('a port that only IPv6 has taken is refused too', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await using server = createServer().listen({ port: 8089, host: '::', ipv6Only: true });
    await once(server, 'listening');
    await assert.rejects(
      lab.networks.publish(one.id, [port(8089)]),
      /Bind for \[::\]:8089 failed: port is already allocated/,
    );
  });

  test('a published port cannot be taken by another program', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await lab.networks.publish(one.id, [port(8090), port(8090, { protocol: 'udp' })]);
    await using server = createServer().listen(8090, '0.0.0.0');
    const [error] = await once(server, 'error');
    assert.equal(error.code, 'EADDRINUSE');
    await using socket = createSocket('udp4').bind(8090);
    const [failure] = await once(socket, 'error');
    assert.equal(failure.code, 'EADDRINUSE');
  });

  test('nonsense is refused with what is wrong', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await assert.rejects(
      lab.networks.publish(one.id, [port(8080, { hostIp: '198.51.100.9' })]),
      /not an address of this host/,
    );
    await assert.rejects(lab.networks.publish(one.id, [port(8080, { hostIp: 'localhost' })]), /not an IP address/);
  });

  test('many containers at once get ports of their own', async () => {
    await using lab = await openLab();
    const containers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => lab.container(`c${index}`, ['bridge'])),
    );
    const given = await Promise.all(
      containers.map(({ id }) => lab.networks.publish(id, [port(0), port(0, { protocol: 'udp' })])),
    );
    const numbers = given.flat().filter(({ hostIp, protocol }) => hostIp === '::' && protocol === 'tcp');
    assert.equal(new Set(numbers.map(({ hostPort }) => hostPort)).size, 6);
  });
});

describe("obeying the host's firewall", () => {
  test('published ports pass its input rules', async () => {
    await using lab = await openLab({ obeyHostFirewall: true });
    const one = await webServer(lab, 'one');
    await one.echo('one', 5000);
    await lab.networks.publish(one.id, [port(8080), port(5001, { protocol: 'udp', containerPort: 5000 })]);
    assert.match(await lab.outside.get(HOST.ipv4, 8080), /^one /);
    assert.equal(await lab.outside.ask(HOST.ipv4, 5001), 'one hi');
    assert.match(await one.get(HOST.ipv4, 8080), /^one /);
    await lab.host.sh(
      'nft add table inet fw; nft "add chain inet fw input { type filter hook input priority 0; }"; nft add rule inet fw input iifname wan0 tcp dport 8080 drop',
    );
    try {
      assert.equal(await lab.outside.get(HOST.ipv4, 8080), 'no answer');
      assert.match(await lab.host.get('127.0.0.1', 8080), /^one /);
    } finally {
      await lab.host.sh('nft delete table inet fw');
    }
  });
});

/** Asks from one socket before and after `change`, for which the container is released. */
async function sameSocketAcross(lab: Lab, containerId: string, change: () => Promise<void>): Promise<string[]> {
  await using socket = createSocket('udp4');
  const receive = async () => {
    socket.send('x', 5000, HOST.ipv4);
    const [message] = await once(socket, 'message', { signal: AbortSignal.timeout(2000) });
    return String(message);
  };
  const first = await receive();
  await lab.networks.release(containerId);
  await lab.networks.settled();
  await change();
  return [first, await receive()];
}
