import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findObject } from '#kube/client';
import { eventually } from '../../../test/lib/wait.ts';
import { MemoryStorage } from '../../kube/storage/memory/mod.ts';
import { type RunningServer, startServer } from '../server.ts';
import { announce } from './announce.ts';
import { KubernetesEndpoints } from './endpoints.ts';
import { type EndpointSlice, type Endpoints, KUBERNETES, planEndpoints, planSlice } from './endpoints-plan.ts';
import { MasterLeases } from './master-leases.ts';

const ENDPOINTS = { group: '', version: 'v1', resource: 'endpoints' };
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const PORTS = [{ name: 'https', port: 6443, protocol: 'TCP' }];

describe('the endpoints of kubernetes', () => {
  let server: RunningServer;
  const storage = new MemoryStorage();

  before(async () => {
    server = await startServer({ listen: '127.0.0.1:0', controllers: false });
  });

  after(() => server?.[Symbol.asyncDispose]());

  async function published(): Promise<{ addresses: string[]; port: number | undefined }> {
    const endpoints = await server.client.get<Endpoints>(ENDPOINTS, KUBERNETES);
    const slice = await server.client.get<EndpointSlice>(SLICES, KUBERNETES);
    const [subset] = endpoints.subsets ?? [];
    const addresses = (subset?.addresses ?? []).map(({ ip }) => ip);
    assert.deepEqual(
      slice.endpoints?.flatMap((one) => one.addresses),
      addresses,
    );
    assert.deepEqual(slice.ports, subset?.ports);
    return { addresses, port: subset?.ports?.[0]?.port };
  }

  it('hold the servers that live: who comes is put in, who ends is taken out, but for the last', async () => {
    const leases = new MasterLeases(storage, 15);
    const serverAt = (ip: string, port: number) => new KubernetesEndpoints(server.client, leases, { ip, port });
    const first = serverAt('192.0.2.10', 6443);
    const second = serverAt('192.0.2.9', 7443);
    await first.reconcile();
    assert.deepEqual(await published(), { addresses: ['192.0.2.10'], port: 6443 });
    await second.reconcile();
    assert.deepEqual(await published(), { addresses: ['192.0.2.10', '192.0.2.9'], port: 7443 });
    await first.reconcile();
    assert.equal((await published()).port, 7443, 'ports are written at the start only');
    await second.remove();
    assert.deepEqual((await published()).addresses, ['192.0.2.10']);
    await first.remove();
    assert.deepEqual((await published()).addresses, ['192.0.2.10']);
    assert.deepEqual(await leases.addresses(), []);
  });

  it('lose a server that does not say that it lives any more', async () => {
    const leases = new MasterLeases(storage, 1);
    await leases.renew('192.0.2.66');
    await using _alive = announce({ client: server.client, storage, port: 6443, ip: '192.0.2.10', intervalMs: 50 });
    const saw =
      (...ips: string[]) =>
      async () =>
        String((await published()).addresses) === String(ips);
    await eventually('the other server is in', saw('192.0.2.10', '192.0.2.66'));
    await eventually('it is out', saw('192.0.2.10'));
  });

  it('are not written where nobody else can reach the server', async () => {
    await using alone = await startServer({ listen: '127.0.0.1:0', controllers: false });
    const { items } = await alone.client.list(ENDPOINTS, { namespace: 'default' });
    assert.deepEqual(items, []);
  });
});

it('the endpoints of kubernetes are taken away by a server that nobody else can reach', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hako-presence-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const options = { dataDir, listen: '127.0.0.1:0', controllers: false };
  const found = async ({ client }: RunningServer) =>
    (await findObject<EndpointSlice>(client, SLICES, KUBERNETES))?.endpoints?.[0]?.addresses;
  {
    await using reached = await startServer({ ...options, advertiseAddress: '192.0.2.1' });
    await eventually('it is put in', async () => (await found(reached))?.[0] === '192.0.2.1');
  }
  await using alone = await startServer(options);
  await eventually('it is gone', async () => (await findObject(alone.client, ENDPOINTS, KUBERNETES)) === undefined);
  assert.equal(await found(alone), undefined);
});

describe('planEndpoints and planSlice', () => {
  const published = { addresses: ['192.0.2.1'], port: 6443, setPorts: false };

  it('change nothing where all is as it should be', () => {
    const endpoints = planEndpoints(undefined, published);
    const slice = planSlice(undefined, published);
    assert.deepEqual(endpoints?.subsets, [{ addresses: [{ ip: '192.0.2.1' }], ports: PORTS }]);
    assert.equal(endpoints?.metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'], 'true');
    assert.equal(slice?.metadata.labels?.['kubernetes.io/service-name'], 'kubernetes');
    assert.deepEqual(slice?.endpoints, [{ addresses: ['192.0.2.1'], conditions: { ready: true } }]);
    assert.equal(planEndpoints(endpoints, published), undefined);
    assert.equal(planSlice(slice, published), undefined);
  });

  it('make right what somebody changed', () => {
    const metadata = { ...KUBERNETES, resourceVersion: '7', labels: { mine: 'yes' } };
    const subsets = [{ addresses: [{ ip: '192.0.2.7' }] }, { addresses: [{ ip: '192.0.2.8' }] }];
    const plan = planEndpoints({ apiVersion: 'v1', kind: 'Endpoints', metadata, subsets }, published);
    assert.equal(plan?.metadata.resourceVersion, '7');
    assert.deepEqual(plan?.subsets, [{ addresses: [{ ip: '192.0.2.1' }], ports: PORTS }]);
    assert.deepEqual(Object.keys(plan?.metadata.labels ?? {}), ['endpointslice.kubernetes.io/skip-mirror']);
  });
});
