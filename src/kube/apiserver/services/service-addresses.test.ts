import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatusError, type KubeObject } from '#kube/api';
import { builtinResources } from '#kube/api/resources';
import { MemoryStorage } from '../../storage/memory/mod.ts';
import { ApiServer } from '../apiserver.ts';
import { parseBlock } from './addresses.ts';
import { NodePorts } from './ports.ts';
import { repairServiceAddresses } from './repair.ts';
import { ServiceAddresses } from './service-addresses.ts';

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const ADDRESSES = { group: 'networking.k8s.io', version: 'v1', resource: 'ipaddresses' };
const USER = { name: 'tester', groups: ['system:masters'] };

/** A server that gives services addresses of a small block and four node ports. */
function serve() {
  const storage = new MemoryStorage();
  const server = new ApiServer({ storage, rows: builtinResources() });
  const ipAddresses = server.catalog.row('networking.k8s.io', 'ipaddresses');
  const services = server.catalog.row('', 'services');
  assert.ok(ipAddresses !== undefined && services !== undefined);
  const ports = new NodePorts(storage, { first: 30_000, last: 30_003 });
  const { stores } = server;
  const block = parseBlock('10.96.0.0/28');
  server.writeHooks.set('services', new ServiceAddresses({ stores, ipAddresses, block, ports, nowMs: Date.now }));
  const client = server.client({ user: USER, userAgent: 'test' });
  const repair = (isShared: boolean, nowMs = Date.now()) =>
    repairServiceAddresses({
      services: stores.of(services),
      addresses: stores.of(ipAddresses),
      ports,
      isShared,
      nowMs,
    });
  return { server, client, ports, repair };
}

function service(name: string, spec: object): KubeObject {
  const metadata = { name, namespace: 'default' };
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }], ...spec } };
}

function specOf(object: KubeObject) {
  return object.spec as { clusterIP?: string; ports: { port: number; nodePort?: number }[] };
}

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isStatusError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new assert.AssertionError({ message: 'was not refused' });
}

async function addressesOf({ client }: ReturnType<typeof serve>): Promise<string[]> {
  return (await client.list(ADDRESSES)).items.map(({ metadata }) => metadata.name ?? '');
}

function heldFor(address: string, name: string): KubeObject {
  const parentRef = { group: '', resource: 'services', namespace: 'default', name };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: { name: address }, spec: { parentRef } };
}

describe('ServiceAddresses', () => {
  it('gives an address and node ports that nobody else has', async () => {
    const it = serve();
    await using _server = it.server;
    const made = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      made.push(specOf(await it.client.create(SERVICES, service(name, { type: 'NodePort' }))));
    }
    assert.equal(new Set(made.map(({ clusterIP }) => clusterIP)).size, 4);
    assert.equal(new Set(made.map(({ ports }) => ports[0]?.nodePort)).size, 4);
    assert.match(await refused(it.client.create(SERVICES, service('e', { type: 'NodePort' }))), /range is full/);
    assert.equal((await addressesOf(it)).length, 4, 'the refused one gave its address back');
  });

  it('has given back what a service held when its deletion is answered', async () => {
    const it = serve();
    await using _server = it.server;
    const wanted = service('a', { type: 'NodePort', clusterIP: '10.96.0.5', ports: [{ port: 80, nodePort: 30_001 }] });
    for (let round = 0; round < 20; round++) {
      await it.client.create(SERVICES, wanted);
      await it.client.delete(SERVICES, { namespace: 'default', name: 'a' });
    }
    assert.deepEqual(await addressesOf(it), []);
  });

  it('refuses what is taken or out of range', async () => {
    const it = serve();
    await using _server = it.server;
    const first = service('a', { type: 'NodePort', clusterIP: '10.96.0.5', ports: [{ port: 80, nodePort: 30_001 }] });
    await it.client.create(SERVICES, first);
    const attempts: [object, RegExp][] = [
      [{ clusterIP: '10.96.0.5' }, /^422 .*already allocated/],
      [{ clusterIP: '10.97.0.5' }, /^422 .*not in the valid range/],
      [{ type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] }, /^422 .*ports\[0\].nodePort.*already allocated/],
      [{ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }, /^422 .*ports\[0\].nodePort.*30000-30003/],
    ];
    for (const [spec, message] of attempts) {
      assert.match(await refused(it.client.create(SERVICES, service('b', spec))), message);
    }
    assert.deepEqual(await addressesOf(it), ['10.96.0.5']);
  });

  it('takes an address that is held for this very service, as after a crash between the two writes', async () => {
    const it = serve();
    await using _server = it.server;
    await it.client.create(ADDRESSES, heldFor('10.96.0.1', 'kubernetes'));
    const other = service('other', { clusterIP: '10.96.0.1' });
    assert.match(await refused(it.client.create(SERVICES, other)), /already allocated/);
    await it.client.create(SERVICES, service('kubernetes', { clusterIP: '10.96.0.1' }));
    // A second server that makes the same service must not take the address away from it.
    const twice = it.client.create(SERVICES, service('kubernetes', { clusterIP: '10.96.0.1' }));
    assert.match(await refused(twice), /^409/);
    assert.deepEqual(await addressesOf(it), ['10.96.0.1']);
  });
});

describe('repairServiceAddresses', () => {
  it('gives back what no service holds and holds what one has', async () => {
    const it = serve();
    await using _server = it.server;
    const made = specOf(await it.client.create(SERVICES, service('a', { type: 'NodePort', clusterIP: '10.96.0.5' })));
    await it.client.create(ADDRESSES, heldFor('10.96.0.9', 'gone'));
    await it.client.delete(ADDRESSES, { name: made.clusterIP ?? '' });
    await it.ports.release([made.ports[0]?.nodePort ?? 0]);
    await it.ports.take([], 1);
    await it.repair(false);
    assert.deepEqual(await addressesOf(it), [made.clusterIP]);
    assert.equal(((await it.ports.take([], 3)) as number[]).length, 3);
    assert.deepEqual(await it.ports.take([], 1), { taken: 0 });
  });

  it('leaves other servers what they take at this moment', async () => {
    const it = serve();
    await using _server = it.server;
    await it.client.create(ADDRESSES, heldFor('10.96.0.9', 'under-way'));
    await it.ports.take([30_002], 0);
    await it.repair(true);
    assert.deepEqual(await addressesOf(it), ['10.96.0.9']);
    assert.deepEqual(await it.ports.take([30_002], 0), { taken: 30_002 });
    await it.repair(true, Date.now() + 120_000);
    assert.deepEqual(await addressesOf(it), []);
  });
});
