import { createHash } from 'node:crypto';
import { isStatusError, type KubeObject } from '#kube/api';
import type { Client } from '#kube/client';

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
const NAMESPACE = 'kube-system';
const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity';
const IDENTITY = 'kube-apiserver';

/** A server is thought gone when its lease was not renewed for so long. */
const DURATION_SECONDS = 3600;

/** `coordination.k8s.io/v1` `Lease`. */
interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; leaseDurationSeconds?: number; renewTime?: string };
}

/** Who a server is. */
export interface ServerIdentity {
  readonly hostname: string;
  /** Two servers of one machine are told apart by it. */
  readonly port: number;
  /** Unique to this process. */
  readonly uid: string;
}

/** `apiserver-` and a hash, the same after each start of a server. */
export function identityName({ hostname, port }: ServerIdentity): string {
  const hash = createHash('sha256').update(`${hostname}:${port}`).digest().subarray(0, 16);
  return `apiserver-${base32(hash)}`;
}

/** Renews the lease by which a server shows that it lives; makes it where it is missing. */
export async function renewIdentity(client: Client, identity: ServerIdentity, nowMs: number): Promise<void> {
  const name = identityName(identity);
  const wanted = leaseOf(identity, nowMs);
  const { metadata, spec } = wanted;
  try {
    await client.patch(LEASES, { name, namespace: NAMESPACE }, { type: 'merge', body: { metadata, spec } });
  } catch (error) {
    if (!isStatusError(error, 'NotFound')) throw error;
    await client.create(LEASES, wanted);
  }
}

/** Removes the leases of servers that are gone for long. */
export async function collectIdentities(client: Client, nowMs: number): Promise<void> {
  const labelSelector = `${IDENTITY_LABEL}=${IDENTITY}`;
  const { items } = await client.list<Lease>(LEASES, { namespace: NAMESPACE, labelSelector });
  for (const lease of items) if (isExpired(lease, nowMs)) await remove(client, lease);
}

/** Leases without these times are nobody's. */
function isExpired({ spec = {} }: Lease, nowMs: number): boolean {
  const { renewTime, leaseDurationSeconds } = spec;
  if (renewTime === undefined || leaseDurationSeconds === undefined) return true;
  return Date.parse(renewTime) + leaseDurationSeconds * 1000 < nowMs;
}

/** Not one that was renewed meanwhile; another server may have removed it already. */
async function remove(client: Client, { metadata }: Lease): Promise<void> {
  const { name = '', resourceVersion = '' } = metadata;
  try {
    await client.delete(LEASES, { name, namespace: NAMESPACE }, { preconditions: { resourceVersion } });
  } catch (error) {
    if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
  }
}

function leaseOf(identity: ServerIdentity, nowMs: number): KubeObject {
  const name = identityName(identity);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: NAMESPACE,
      labels: { [IDENTITY_LABEL]: IDENTITY, 'kubernetes.io/hostname': identity.hostname },
    },
    spec: {
      holderIdentity: `${name}_${identity.uid}`,
      leaseDurationSeconds: DURATION_SECONDS,
      // MicroTime has six digits.
      renewTime: new Date(nowMs).toISOString().replace('Z', '000Z'),
    },
  };
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648, lower case, without padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}
