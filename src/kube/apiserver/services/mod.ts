/** Cluster IPs and node ports of services. */
export { formatAddress, parseBlock } from './addresses.ts';
export { NodePorts, parsePortRange } from './ports.ts';
export { repairServiceAddresses } from './repair.ts';
export { resolveService, type ServiceAddress, type ServiceRef } from './resolve.ts';
export { ServiceAddresses, type ServiceAddressOptions } from './service-addresses.ts';
