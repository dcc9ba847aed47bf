import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import dnsPacket from 'dns-packet';
import { enterLaboratory, type Lab, openLab, type Place } from './testing/lab.ts';

before(enterLaboratory);

/** A resolver on the host's loopback, as systemd-resolved is one; answers every A question with its own address. */
async function resolver(address: string): Promise<{ asked: string[] } & Disposable> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (message, from) => {
    const packet = dnsPacket.decode(message);
    const [question] = packet.questions ?? [];
    if (question === undefined) return;
    asked.push(question.name);
    const isUnknown = question.name.startsWith('unknown');
    const answers =
      isUnknown || question.type !== 'A' ? [] : [{ name: question.name, type: 'A' as const, data: address }];
    const flags = dnsPacket.RECURSION_AVAILABLE | (isUnknown ? 3 : 0);
    socket.send(
      dnsPacket.encode({ id: packet.id, type: 'response', flags, questions: [question], answers }),
      from.port,
      from.address,
    );
  });
  socket.bind(53, address);
  await once(socket, 'listening');
  return { asked, [Symbol.dispose]: () => socket.close() };
}

/** The addresses of a name, sorted, as the container's own server answers. */
async function lookUp(place: Place, name: string, server = '127.0.0.11'): Promise<string> {
  const { output } = await place.sh(`busybox timeout 4 busybox nslookup ${name} ${server}`);
  const found = [...output.matchAll(/^Name:.*\nAddress(?: \d+)?: (\S+)/gm)].map(([, address]) => address);
  return found.length > 0 ? found.sort().join(' ') : /NXDOMAIN/.test(output) ? 'unknown' : 'nothing';
}

describe('DNS in a user network', () => {
  let systemd: Awaited<ReturnType<typeof resolver>>;
  before(async () => {
    systemd = await resolver('127.0.0.53');
  });
  after(() => systemd[Symbol.dispose]());

  test("finds containers by name, alias, short id and with the network's name, and their names by address", async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'shop' });
    const web = await lab.container('web', [{ network: 'shop', aliases: ['all'] }]);
    const db = await lab.container('DB', [{ network: 'shop', aliases: ['all', 'store'] }]);
    const address = lab.endpoint(db).ipv4Address;
    for (const name of ['db', 'DB', 'store', db.id.slice(0, 12), 'db.shop', 'store.shop']) {
      assert.equal(await lookUp(web, name), address, name);
    }
    assert.equal(await lookUp(web, 'all'), [lab.endpoint(web).ipv4Address, address].sort().join(' '));
    assert.match((await web.sh(`busybox nslookup ${address} 127.0.0.11`)).output, /name = db\.shop/);
    assert.deepEqual(lab.networks.resolverFor(web.id), {
      nameservers: ['127.0.0.11'],
      search: ['example.org'],
      options: ['ndots:0'],
    });
  });

  test('knows only who shares a network, at once, and until they leave', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    await lab.networks.create({ name: 'b' });
    const [one, two] = [await lab.container('one', ['a']), await lab.container('two', ['b'])];
    assert.equal(await lookUp(one, 'unknown-two'), 'unknown');
    const sandbox = await lab.networks.createSandbox(one.id);
    const request = { containerId: one.id, containerName: 'one', aliases: [], network: 'b' };
    const { networkId } = await lab.networks.connect(sandbox, request);
    assert.equal(await lookUp(one, 'two'), lab.endpoint(two).ipv4Address);
    lab.networks.rename(two.id, 'zwei');
    assert.equal(await lookUp(one, 'zwei'), lab.endpoint(two).ipv4Address);
    await lab.networks.disconnect(one.id, networkId);
    assert.notEqual(await lookUp(one, 'zwei'), lab.endpoint(two).ipv4Address);
    assert.equal(await lookUp(one, 'one'), lab.endpoint(one).ipv4Address);
    const three = await lab.container('three', ['a']);
    assert.equal(await lookUp(one, 'three'), lab.endpoint(three).ipv4Address);
    await lab.networks.release(three.id);
    await lab.networks.settled();
    assert.notEqual(await lookUp(one, 'three'), lab.endpoint(one).ipv4Address);
  });

  test("asks the host's resolver for other names, and follows it when it changes", async () => {
    await using lab = await openLab();
    using other = await resolver('127.0.0.54');
    await lab.networks.create({ name: 'a' });
    const one = await lab.container('one', ['a']);
    assert.equal(await lookUp(one, 'example.com'), '127.0.0.53');
    assert.equal(await lookUp(one, 'unknown.example.com'), 'unknown');
    writeFileSync(join(lab.dir, 'resolv.conf'), 'nameserver 127.0.0.54\n');
    assert.equal(await lookUp(one, 'example.com'), '127.0.0.54');
    assert.ok(other.asked.includes('example.com'));
    const two = await lab.container('two', [{ network: 'a', dnsServers: ['127.0.0.53'] }]);
    assert.equal(await lookUp(two, 'example.com'), '127.0.0.53', 'a container may have servers of its own');
    writeFileSync(join(lab.dir, 'resolv.conf'), 'nameserver 127.0.0.99\nnameserver 127.0.0.54\n');
    assert.equal(await lookUp(one, 'example.com'), '127.0.0.54', 'the second when the first is silent');
  });

  test('of an internal network answers for its members and carries nothing out', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'closed', internal: true });
    const [one, two] = [await lab.container('one', ['closed']), await lab.container('two', ['closed'])];
    assert.equal(await lookUp(one, 'two'), lab.endpoint(two).ipv4Address);
    assert.equal(await lookUp(one, 'tunnel.example.com'), 'unknown');
    assert.ok(!systemd.asked.includes('tunnel.example.com'));
  });

  test('leaves port 53 to the container, and answers over TCP', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    const one = await lab.container('one', ['a']);
    await one.node(`
      import { createSocket } from 'node:dgram';
      import { createServer } from 'node:net';
      createServer().listen(53, '0.0.0.0', () => createSocket('udp4').bind(53, () => console.log('ready')));
    `);
    assert.equal(await lookUp(one, 'one'), lab.endpoint(one).ipv4Address);
    const query = dnsPacket.streamEncode({ type: 'query', id: 7, questions: [{ name: 'one', type: 'A' }] });
    await one.node(`
      import { connect } from 'node:net';
      const socket = connect(53, '127.0.0.11', () => socket.write(Buffer.from('${Buffer.from(query).toString('hex')}', 'hex')));
      socket.on('data', (data) => console.log(data.subarray(-4).join('.') === '${lab.endpoint(one).ipv4Address}' ? 'ready' : process.exit(1)));
    `);
  });

  test('is served at the gateway too, for runtimes with a stack of their own, and to members only', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    await lab.networks.create({ name: 'b' });
    const one = await lab.container('one', ['a']);
    const two = await lab.container('two', ['b']);
    const { ipv4Gateway, ipv4Address } = lab.endpoint(one);
    assert.deepEqual(lab.networks.resolverFor(one.id, { ownStack: true }).nameservers, [ipv4Gateway]);
    assert.equal(await lookUp(one, 'one', ipv4Gateway), ipv4Address);
    assert.equal(await lookUp(two, 'one', ipv4Gateway), 'nothing');
  });

  test('works where the host has a name server on every address', async () => {
    systemd[Symbol.dispose]();
    try {
      await using taken = createSocket('udp4').bind(53, '0.0.0.0');
      await once(taken, 'listening');
      await using lab = await openLab();
      await lab.networks.create({ name: 'a' });
      const one = await lab.container('one', ['a']);
      assert.equal(await lookUp(one, 'one'), lab.endpoint(one).ipv4Address);
      assert.equal(await lookUp(one, 'one', lab.endpoint(one).ipv4Gateway), lab.endpoint(one).ipv4Address);
    } finally {
      systemd = await resolver('127.0.0.53');
    }
  });

  test('goes on without the daemon; a helper that dies is replaced by the next change or recovery', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    const one = await lab.container('one', ['a']);
    const first = helperPid(lab);
    await lab.restart();
    assert.equal(await lookUp(one, 'one'), lab.endpoint(one).ipv4Address);
    await lab.networks.recover(new Set([one.id]));
    assert.equal(helperPid(lab), first, 'adopted');
    process.kill(first, 'SIGKILL');
    const two = await lab.container('two', ['a']);
    assert.notEqual(helperPid(lab), first);
    assert.equal(await lookUp(one, 'two'), lab.endpoint(two).ipv4Address);
    process.kill(helperPid(lab), 'SIGKILL');
    await lab.networks.recover(new Set([one.id, two.id]));
    assert.equal(await lookUp(one, 'two'), lab.endpoint(two).ipv4Address);
  });

  test('comes back by itself when the helper dies', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    const one = await lab.container('one', ['a']);
    process.kill(helperPid(lab), 'SIGKILL');
    const deadlineMs = performance.now() + 10_000;
    while ((await lookUp(one, 'one')) !== lab.endpoint(one).ipv4Address) assert.ok(performance.now() < deadlineMs);
  });

  test('survives garbage', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'a' });
    const one = await lab.container('one', ['a']);
    await one.node(`
      import { createSocket } from 'node:dgram';
      import { connect } from 'node:net';
      import { randomBytes } from 'node:crypto';
      const udp = createSocket('udp4');
      for (let round = 0; round < 300; round++) udp.send(randomBytes(round), 53, '127.0.0.11');
      const tcp = connect(53, '127.0.0.11', () => tcp.write(randomBytes(60000), () => console.log('sent')));
      tcp.on('error', () => {});
    `);
    assert.equal(await lookUp(one, 'one'), lab.endpoint(one).ipv4Address);
  });
});

describe('the default network', () => {
  test("has the host's resolvers, without those that only the host reaches", async () => {
    await using lab = await openLab();
    writeFileSync(
      join(lab.dir, 'resolv.conf'),
      'nameserver 127.0.0.1\nnameserver 192.0.2.53\nnameserver fd00::53\nsearch x\n',
    );
    const one = await lab.container('one', ['bridge']);
    assert.deepEqual(lab.networks.resolverFor(one.id), { nameservers: ['192.0.2.53'], search: ['x'], options: [] });
  });

  test('is served by us where the host has no other', async () => {
    using _systemd = await resolver('127.0.0.1');
    await using lab = await openLab();
    writeFileSync(join(lab.dir, 'resolv.conf'), 'nameserver 127.0.0.1\n');
    const one = await lab.container('one', ['bridge']);
    assert.deepEqual(lab.networks.resolverFor(one.id).nameservers, ['127.0.0.11']);
    assert.equal(await lookUp(one, 'example.com'), '127.0.0.1');
    assert.equal(await lookUp(one, 'one'), '127.0.0.1', 'names are for user networks');
  });
});

function helperPid(lab: Lab): number {
  return JSON.parse(readFileSync(join(lab.dir, 'run/network/helper.json'), 'utf8')).pid;
}
