/** Two API servers over one etcd: what one writes the other sees, one of them runs the controllers, and the other takes over. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Cluster, createCluster } from 'hakobune';
import { parse } from 'yaml';
import type { KubeObject, StatusError } from '#kube/api';
import { HttpClient } from '#kube/client';
import { EtcdCluster, etcdSkip } from '../../src/kube/storage/testing/etcd-server.ts';
import { untilItWorks } from '../lib/wait.ts';

const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts' };
const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };
const SLICES = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
const dir = mkdtempSync(join(tmpdir(), 'hako-etcd-servers-'));

describe('two API servers over one etcd', { skip: etcdSkip }, () => {
  let etcd: EtcdCluster;
  let first: Cluster;
  let second: Cluster;

  before(async () => {
    etcd = await EtcdCluster.start(1);
    const server = { datastore: etcd.endpoints.join(','), pkiDir: join(dir, 'pki') };
    first = await createCluster({ server: { ...server, advertiseAddress: '192.0.2.1' } });
    second = await createCluster({ server: { ...server, advertiseAddress: '192.0.2.2' } });
  });

  after(async () => {
    await second?.[Symbol.asyncDispose]();
    await etcd?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true, force: true });
  });

  it('what one has acknowledged the other reads and lists at once', async () => {
    for (let n = 0; n < 20; n++) {
      const metadata = { name: `seen-${n}`, namespace: 'default', labels: { seen: 'yes' } };
      await first.client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
      await second.client.get(CONFIG_MAPS, { namespace: 'default', name: `seen-${n}` });
      const { items } = await second.client.list(CONFIG_MAPS, { namespace: 'default', labelSelector: 'seen=yes' });
      assert.equal(items.length, n + 1);
    }
  });

  it('the token of an account that was deleted at one is refused at the other at once', async () => {
    const { cluster } = parse(first.kubeconfig).clusters[0] as { cluster: Record<string, string> };
    const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64').toString();
    const codes: number[] = [];
    for (let n = 0; n < 20; n++) {
      const metadata = { name: `robot-${n}`, namespace: 'default' };
      await first.client.create(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
      const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: {} };
      const made = await first.client.create(ACCOUNTS, request, { ...metadata, subresource: 'token' });
      const { token } = made.status as { token: string };
      using robot = new HttpClient({ server: second.url, ca, token });
      await robot.raw('GET', '/api');
      await first.client.delete(ACCOUNTS, metadata);
      codes.push(
        await robot.raw('GET', '/api').then(
          () => 200,
          (error: StatusError) => error.code,
        ),
      );
    }
    assert.deepEqual(
      codes,
      Array.from({ length: 20 }, () => 401),
    );
  });

  it('two that write one object at once do not lose a write', async () => {
    const metadata = { name: 'counter', namespace: 'default' };
    await first.client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} });
    const write = ({ client }: Cluster, who: string) =>
      Array.from({ length: 20 }, (_, n) =>
        client.patch(CONFIG_MAPS, metadata, { type: 'merge', body: { data: { [`${who}-${n}`]: 'x' } } }),
      );
    await Promise.all([...write(first, 'a'), ...write(second, 'b')]);
    const found = await second.client.get(CONFIG_MAPS, metadata);
    assert.equal(Object.keys(found.data as object).length, 40);
  });

  it('a watch at one sees what is written at the other, in order', async () => {
    const stop = new AbortController();
    const start = (await second.client.list(CONFIG_MAPS)).metadata.resourceVersion as string;
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { type, object } of second.client.watch(CONFIG_MAPS, {
        resourceVersion: start,
        signal: stop.signal,
      })) {
        if (type === 'ADDED') seen.push(object.metadata.name ?? '');
        if (seen.length === 10) return;
      }
    })();
    for (let n = 0; n < 10; n++) {
      const metadata = { name: `watched-${n}`, namespace: 'default' };
      await first.client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    }
    await watching;
    stop.abort();
    assert.deepEqual(
      seen,
      Array.from({ length: 10 }, (_, n) => `watched-${n}`),
    );
  });

  it('both are behind the service kubernetes', async () => {
    await untilItWorks(async () => assert.deepEqual(await addressesOf(second), ['192.0.2.1', '192.0.2.2']));
  });

  it('the controllers go on when the server that ran them stops', async () => {
    await second.client.create(DEPLOYMENTS, deployment('one'));
    await untilItWorks(async () => assert.equal(await replicaSetsOf(second, 'one'), 1));
    await first[Symbol.asyncDispose]();
    await second.client.create(DEPLOYMENTS, deployment('two'));
    await untilItWorks(async () => assert.equal(await replicaSetsOf(second, 'two'), 1));
  });

  it('who has stopped is behind the service no more', async () => {
    assert.deepEqual(await addressesOf(second), ['192.0.2.2']);
  });
});

async function addressesOf({ client }: Cluster): Promise<unknown[]> {
  const labelSelector = 'kubernetes.io/service-name=kubernetes';
  const { items } = await client.list(SLICES, { namespace: 'default', labelSelector });
  return items.flatMap(({ endpoints }) => (endpoints as { addresses: string[] }[]).flatMap((one) => one.addresses));
}

function deployment(name: string): KubeObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example.com/c' }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: { selector: { matchLabels: labels }, template },
  };
}

async function replicaSetsOf({ client }: Cluster, app: string): Promise<number> {
  const { items } = await client.list(REPLICA_SETS, { namespace: 'default', labelSelector: `app=${app}` });
  return items.length;
}
