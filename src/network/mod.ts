/** Networks: bridges, addresses, namespaces, nftables rules, published ports, DNS. */
export * from './contract.ts';
