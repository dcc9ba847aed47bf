import {
  type ApiServer,
  NodePorts,
  parseBlock,
  parsePortRange,
  repairServiceAddresses,
  ServiceAddresses,
} from '#kube/apiserver';
import type { ResolvedOptions } from './options.ts';

/** Has services get their addresses and ports; answers the block's first address, which is the API server's own. */
export async function openServiceAddresses(server: ApiServer, options: ResolvedOptions): Promise<{ first: string }> {
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
  const address = block.first + 1;
  return { first: [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.') };
}
