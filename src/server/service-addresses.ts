import {
  type ApiServer,
  formatAddress,
  NodePorts,
  parseBlock,
  parsePortRange,
  repairServiceAddresses,
  ServiceAddresses,
} from '#kube/apiserver';
import type { ResolvedOptions } from './options.ts';

/** The block's first address, at which pods reach the API: the service `kubernetes` has it. Throws a HakoError (`invalid`). */
export function firstAddress(serviceBlock: string): string {
  return formatAddress(parseBlock(serviceBlock).first + 1);
}

/** Has services get their addresses and ports. */
export async function openServiceAddresses(server: ApiServer, options: ResolvedOptions): Promise<void> {
  const block = parseBlock(options.serviceBlock);
  const ports = new NodePorts(server.storage, parsePortRange(options.nodePorts));
  const ipAddresses = server.catalog.row('networking.k8s.io', 'ipaddresses');
  const services = server.catalog.row('', 'services');
  if (ipAddresses === undefined || services === undefined) throw new Error('the resources of services are missing');
  const { stores } = server;
  await repairServiceAddresses({
    services: stores.of(services),
    addresses: stores.of(ipAddresses),
    ports,
    isShared: !server.storage.exclusive,
    nowMs: Date.now(),
  });
  server.writeHooks.set('services', new ServiceAddresses({ stores, ipAddresses, block, ports, nowMs: Date.now }));
}
