import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { after, before, describe, it } from 'node:test';
import type { KubeObject } from '#kube/api';
import { eventually } from '../../../test/lib/wait.ts';
import { type RunningServer, startServer } from '../server.ts';
import { collectIdentities, identityName, renewIdentity } from './identity-lease.ts';

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const namespace = 'kube-system';
const HOUR_MS = 3_600_000;

interface Lease extends KubeObject {
  spec: { holderIdentity: string; leaseDurationSeconds: number; renewTime: string };
}

describe('identity leases of API servers', () => {
  let server: RunningServer;

  before(async () => {
    server = await startServer({ listen: '127.0.0.1:0', controllers: false });
  });

  after(() => server?.[Symbol.asyncDispose]());

  async function names(): Promise<(string | undefined)[]> {
    const labelSelector = 'apiserver.kubernetes.io/identity=kube-apiserver';
    const { items } = await server.client.list(LEASES, { namespace, labelSelector });
    return items.map(({ metadata }) => metadata.name);
  }

  it('a server has one', async () => {
    const name = identityName({ hostname: hostname(), port: Number(new URL(server.url).port), uid: '' });
    await eventually('the lease', async () => (await names()).includes(name));
    const { metadata, spec } = await server.client.get<Lease>(LEASES, { namespace, name });
    assert.equal(metadata.labels?.['kubernetes.io/hostname'], hostname());
    assert.match(spec.holderIdentity, new RegExp(`^${name}_[0-9a-f-]{36}$`));
    assert.equal(spec.leaseDurationSeconds, 3600);
  });

  it('is renewed, and begins anew where somebody removed it', async () => {
    const identity = { hostname: 'host-a', port: 1, uid: 'u' };
    const ref = { namespace, name: identityName(identity) };
    const renewed = async (nowMs: number) => {
      await renewIdentity(server.client, identity, nowMs);
      return (await server.client.get<Lease>(LEASES, ref)).spec.renewTime;
    };
    assert.equal(await renewed(HOUR_MS), '1970-01-01T01:00:00.000000Z');
    assert.equal(await renewed(2 * HOUR_MS), '1970-01-01T02:00:00.000000Z');
    await server.client.delete(LEASES, ref);
    assert.equal(await renewed(3 * HOUR_MS), '1970-01-01T03:00:00.000000Z');
  });

  it('goes when it was not renewed for its time; others stay', async () => {
    const nowMs = Date.now();
    const old = { hostname: 'host-old', port: 1, uid: 'u' };
    const young = { hostname: 'host-young', port: 1, uid: 'u' };
    await renewIdentity(server.client, old, nowMs - HOUR_MS - 1000);
    await renewIdentity(server.client, young, nowMs - HOUR_MS + 60_000);
    const metadata = { name: 'not-an-identity', namespace };
    const spec = { renewTime: '2020-01-01T00:00:00.000000Z', leaseDurationSeconds: 1 };
    await server.client.create(LEASES, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
    await collectIdentities(server.client, nowMs);
    const left = await names();
    assert.ok(!left.includes(identityName(old)));
    assert.ok(left.includes(identityName(young)));
    assert.ok((await server.client.get(LEASES, metadata)) !== undefined);
  });

  it('is named by a hash: 16 bytes of SHA-256 in base 32', () => {
    const identity = { hostname: 'host', port: 6443, uid: 'u' };
    const name = identityName(identity);
    assert.match(name, /^apiserver-[a-z2-7]{26}$/);
    const digits = [...name.slice('apiserver-'.length)].map((one) => 'abcdefghijklmnopqrstuvwxyz234567'.indexOf(one));
    const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('');
    const bytes = (bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2));
    assert.deepEqual(Buffer.from(bytes), createHash('sha256').update('host:6443').digest().subarray(0, 16));
  });
});
