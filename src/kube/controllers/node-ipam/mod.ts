export { nodeIpam } from './node-ipam.ts';
