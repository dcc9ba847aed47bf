/** Networks: bridges, addresses, namespaces, nftables rules, published ports, DNS. */
export type { NetworkOptions } from './context.ts';
export * from './contract.ts';
export type { DefaultPool } from './ipam/pools.ts';
export { openNetworks } from './open.ts';
