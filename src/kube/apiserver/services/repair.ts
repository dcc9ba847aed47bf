import type { KubeObject } from '#kube/api';
import type { ObjectStore } from '../store/mod.ts';
import type { NodePorts } from './ports.ts';

interface Service extends KubeObject {
  spec?: { clusterIPs?: string[]; ports?: { nodePort?: number }[]; healthCheckNodePort?: number };
}

/** At start-up: addresses and ports that no service holds are given back, as after a crash between two writes. */
export async function repairServiceAddresses(
  services: ObjectStore,
  addresses: ObjectStore,
  ports: NodePorts,
): Promise<void> {
  await Promise.all([services.cache.fresh(), addresses.cache.fresh()]);
  const all = services.cache.below(services.prefix).map((entry) => entry.object as Service);
  const held = new Set(all.flatMap(({ spec }) => spec?.clusterIPs ?? []));
  for (const entry of addresses.cache.below(addresses.prefix)) {
    const { parentRef } = (entry.object.spec ?? {}) as { parentRef?: { resource?: string } };
    if (parentRef?.resource !== 'services' || held.has(entry.object.metadata.name ?? '')) continue;
    await addresses.update(entry.key, (current) => (current === undefined ? { keep: true } : { delete: true }));
  }
  const nodePorts = all.flatMap(({ spec }) => [
    ...(spec?.ports ?? []).map(({ nodePort }) => nodePort ?? 0),
    spec?.healthCheckNodePort ?? 0,
  ]);
  await ports.repair(nodePorts.filter((port) => port !== 0));
}
