/** Netlink: links, addresses and routes (rtnetlink), nftables elements and rules (nfnetlink). Synchronous and small. */
export * from './address.ts';
export * from './conntrack.ts';
export * from './link.ts';
export * from './nft-expression.ts';
export * from './nftables.ts';
export * from './route.ts';
export { NetlinkError, NetlinkFamily, NetlinkSocket } from './socket.ts';
