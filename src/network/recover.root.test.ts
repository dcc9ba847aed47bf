import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { enterLaboratory, HOST, hostTraces, type Lab, openLab } from './testing/lab.ts';

before(enterLaboratory);

const run = promisify(execFile);
const PORT = { containerPort: 80, protocol: 'tcp', hostIp: '', hostPortStart: 8080, hostPortEnd: 8080 } as const;

/** Every failpoint between the first and the last step of a container's network, and of a network itself. */
const FAILPOINTS = [
  'network.create.noted',
  'network.bridge.created',
  'network.sandbox.pinned',
  'network.sandbox.noted',
  'network.join.noted',
  'network.attach.veth',
  'network.attach.configured',
  'network.ports.noted',
  'network.ports.rules',
  'network.release.rules',
  'network.release.noted',
  'network.release.helper',
  'network.remove.noted',
];

function bridges(): string[] {
  return execFileSync('ip', ['-o', 'link', 'show', 'type', 'bridge'], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(': ')[1] ?? '')
    .sort();
}

/** The part of the rules that tells of networks and ports; order does not matter. */
function elements(lab: Lab): string[] {
  const text = execFileSync('sh', ['-c', 'nft list ruleset'], { encoding: 'utf8' });
  const found = [...text.matchAll(/(?:set|map) (\w+) \{[^}]*?elements = \{([^}]*)\}/g)];
  assert.ok(lab.dir);
  return found
    .flatMap(([, set, list = '']) => list.split(',').map((element) => `${set} ${element.replace(/\s+/g, ' ').trim()}`))
    .sort();
}

describe('a daemon killed in mid-work', () => {
  for (const failpoint of FAILPOINTS) {
    test(`at ${failpoint} leaves nothing that recovery does not clear up`, async () => {
      const instance = `kill${process.pid}`;
      await using lab = await openLab({ instance, namespacePoolSize: 0 });
      await lab.networks.create({ name: 'app' });
      await lab.networks[Symbol.asyncDispose]();
      const victim = run(
        process.execPath,
        ['--no-warnings', join(import.meta.dirname, 'testing/victim.ts'), lab.dir, instance],
        {
          env: { ...process.env, HAKO_FAILPOINTS: failpoint },
        },
      );
      await assert.rejects(victim, { signal: 'SIGKILL' });
      await lab.restart();
      await lab.networks.recover(new Set());
      const wanted = lab.networks.list().filter(({ driver, name }) => driver === 'bridge' && name !== 'bridge');
      const known = [...wanted.map(({ bridge }) => bridge), lab.networks.get('bridge').bridge];
      assert.deepEqual(
        bridges().filter((name) => !known.includes(name)),
        [],
      );
      assert.ok(wanted.every(({ bridge }) => bridges().includes(bridge)));
      assert.doesNotMatch(execFileSync('ip', ['-o', 'link', 'show', 'type', 'veth'], { encoding: 'utf8' }), /: hv/);
      assert.deepEqual(
        elements(lab).filter((text) => text.startsWith('published')),
        [],
      );
      assert.deepEqual(readdirSync(join(lab.dir, 'run/netns')), []);
      const one = await lab.container('one', ['app']);
      await lab.networks.publish(one.id, [PORT]);
      assert.match((await one.sh('busybox nslookup one 127.0.0.11')).output, new RegExp(lab.endpoint(one).ipv4Address));
    });
  }
});

describe('recovery', () => {
  test('keeps what live containers have, and holds their ports again', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'app' });
    const [one, two] = [await lab.container('one', ['app']), await lab.container('two', ['bridge'])];
    const gone = await lab.container('gone', ['app']);
    await one.serve('one', 80);
    await lab.networks.publish(one.id, [PORT]);
    await lab.networks.publish(gone.id, [{ ...PORT, hostPortStart: 8081, hostPortEnd: 8081 }]);
    const earlier = lab.networks.endpointsOf(one.id);
    await lab.restart();
    assert.match(await lab.host.get('127.0.0.1', 8080), /^one /, 'while no daemon has recovered');
    await lab.networks.recover(new Set([one.id, two.id]));
    assert.deepEqual(lab.networks.endpointsOf(one.id), earlier);
    assert.deepEqual(lab.networks.endpointsOf(gone.id), []);
    assert.match(await lab.host.get('127.0.0.1', 8080), /^one /);
    assert.match(await lab.host.get('[::1]', 8080), /^one /);
    await assert.rejects(lab.networks.publish(two.id, [PORT]), /port is already allocated/);
    await lab.networks.publish(two.id, [{ ...PORT, hostPortStart: 8081, hostPortEnd: 8081 }]);
    const three = await lab.container('three', ['app']);
    assert.notEqual(lab.endpoint(three).ipv4Address, earlier[0]?.ipv4Address);
    assert.ok(await three.pings(lab.endpoint(one).ipv4Address));
  });

  test('restores rules, bridges and interfaces that others removed', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'app', enableIPv6: true });
    const [one, two] = [await lab.container('one', ['app']), await lab.container('two', ['app'])];
    await one.serve('one', 80);
    await lab.networks.publish(one.id, [PORT]);
    const rules = elements(lab);
    await lab.host.sh(`nft flush ruleset; ip link del ${lab.networks.get('app').bridge}`);
    await lab.restart();
    await lab.networks.recover(new Set([one.id, two.id]));
    assert.deepEqual(elements(lab), rules);
    assert.ok(await two.pings(lab.endpoint(one).ipv4Address));
    assert.ok(await two.pings(lab.endpoint(one).ipv6Address));
    assert.match(await lab.host.get(HOST.ipv4, 8080), /^one /);
    const { bridge } = lab.networks.get('app');
    for (const line of (await lab.host.sh(`ip -o link show master ${bridge}`)).output.split('\n').filter(Boolean)) {
      await lab.host.sh(`ip link del ${line.split(': ')[1]?.split('@')[0]}`);
    }
    await lab.restart();
    await lab.networks.recover(new Set([one.id, two.id]));
    assert.ok(await two.pings(lab.endpoint(one).ipv4Address));
    assert.match((await two.sh('ip route')).output, /^default via/);
  });

  test('after a reboot has the user networks, and nothing of the containers', async () => {
    await using lab = await openLab();
    await lab.networks.create({ name: 'app' });
    await lab.container('one', ['app']);
    await lab.networks[Symbol.asyncDispose]();
    await lab.host.sh(
      `for link in $(ip -o link | grep -oE ' h[kv][0-9a-f]{5}[^:@]*'); do ip link del $link; done; nft flush ruleset`,
    );
    await lab.host.sh(`umount -l ${lab.dir}/run/netns/* ${lab.dir}/run/netns`);
    process.kill(helperPid(lab), 'SIGKILL');
    rmSync(join(lab.dir, 'run'), { recursive: true });
    await lab.restart();
    await lab.networks.recover(new Set());
    assert.deepEqual(bridges(), [lab.networks.get('app').bridge]);
    const two = await lab.container('two', ['app']);
    assert.ok(await two.pings(lab.endpoint(two).ipv4Gateway));
  });

  test('is not needed for rules and bridges that vanish while the daemon runs: the next container brings them back', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await one.serve('one', 80);
    await lab.host.sh('nft flush ruleset');
    await lab.networks.publish(one.id, [PORT]);
    assert.match(await lab.host.get('127.0.0.1', 8080), /^one /);
    await lab.networks.release(one.id);
    await lab.networks.settled();
    await lab.host.sh(`ip link del ${lab.networks.get('bridge').bridge}`);
    const two = await lab.container('two', ['bridge']);
    assert.ok(await two.pings(lab.endpoint(two).ipv4Gateway));
  });
});

describe('several instances', () => {
  test('live side by side in subnets, names and rules of their own, and share the ports of the host', async () => {
    await using first = await openLab();
    await using second = await openLab();
    const [one, two] = [await first.container('one', ['bridge']), await second.container('two', ['bridge'])];
    assert.notEqual(first.endpoint(one).ipv4Gateway, second.endpoint(two).ipv4Gateway);
    await one.serve('one', 80);
    await first.networks.publish(one.id, [PORT]);
    await assert.rejects(second.networks.publish(two.id, [PORT]), /port is already allocated/);
    assert.match(await two.get(HOST.ipv4, 8080), /^one /);
    await second.networks.recover(new Set());
    assert.match(await first.host.get('127.0.0.1', 8080), /^one /);
    assert.ok(await first.host.pings(first.endpoint(one).ipv4Address));
  });
});

function helperPid(lab: Lab): number {
  return JSON.parse(readFileSync(join(lab.dir, 'run/network/helper.json'), 'utf8')).pid;
}

describe('the end', () => {
  test('purge leaves the host as it was before', async () => {
    const earlier = hostTraces('no-such');
    const lab = await openLab();
    {
      await using _scope = lab;
      await lab.networks.recover(new Set());
      await lab.networks.create({ name: 'app', enableIPv6: true });
      const one = await lab.container('one', ['app', 'bridge']);
      await lab.networks.publish(one.id, [PORT]);
      assert.notEqual(hostTraces(lab.dir), earlier);
    }
    assert.equal(hostTraces(lab.dir), earlier);
  });

  test('an idle instance has no interface and no rule', async () => {
    const earlier = hostTraces('no-such');
    await using lab = await openLab();
    await lab.networks.recover(new Set());
    assert.equal(hostTraces('no-such'), earlier);
    assert.ok(lab.dir);
  });

  test('release twice, and of strangers, is fine', async () => {
    await using lab = await openLab();
    const one = await lab.container('one', ['bridge']);
    await Promise.all([lab.networks.release(one.id), lab.networks.release(one.id)]);
    await lab.networks.release('stranger');
    await lab.networks.unpublish('stranger');
    lab.networks.rename('stranger', 'x');
    await lab.networks.settled();
  });
});
