import type { KubeObject } from '#kube/api';
import type { ObjectStore } from '../store/mod.ts';
import { parseAddress } from './addresses.ts';
import { ipAddressOf, isOfService } from './ip-address.ts';
import type { NodePorts } from './ports.ts';

interface Service extends KubeObject {
  spec?: { clusterIPs?: string[]; ports?: { nodePort?: number }[]; healthCheckNodePort?: number };
}

/** What is repaired, and how. */
export interface RepairOptions {
  readonly services: ObjectStore;
  readonly addresses: ObjectStore;
  readonly ports: NodePorts;
  /** Other servers may be giving addresses to services that they have not stored yet. */
  readonly isShared: boolean;
  readonly nowMs: number;
}

/** What another server took for a service that nobody sees after this time, it has forgotten. */
const FORGOTTEN_MS = 60_000;

/**
 * At start-up, after a crash between two writes or a restored backup: what services hold is held, and what no service holds is given
 * back. Ports of a shared storage are not: nobody can tell how long they have been taken.
 */
export async function repairServiceAddresses(options: RepairOptions): Promise<void> {
  const { services, addresses, ports, isShared } = options;
  await Promise.all([services.cache.fresh(), addresses.cache.fresh()]);
  const all = services.cache.below(services.prefix).map((entry) => entry.object as Service);
  await repairAddresses(options, all);
  const held = all.flatMap(({ spec }) => [
    ...(spec?.ports ?? []).map(({ nodePort = 0 }) => nodePort),
    spec?.healthCheckNodePort ?? 0,
  ]);
  await ports.repair(held, { forgetOthers: !isShared });
}

async function repairAddresses(
  { addresses, isShared, nowMs }: RepairOptions,
  services: readonly Service[],
): Promise<void> {
  const held = new Map(services.flatMap((service) => (service.spec?.clusterIPs ?? []).map((ip) => [ip, service])));
  for (const { key, object } of addresses.cache.below(addresses.prefix)) {
    if (held.delete(object.metadata.name ?? '') || !isOfService(object)) continue;
    if (isShared && nowMs - Date.parse(object.metadata.creationTimestamp ?? '') < FORGOTTEN_MS) continue;
    await addresses.update(key, (current) => (current === undefined ? { keep: true } : { delete: true }));
  }
  for (const [address, service] of held) {
    if (parseAddress(address) === undefined) continue;
    await addresses.create(addresses.key('', address), ipAddressOf(address, service, nowMs));
  }
}
