export { nodeTtl } from './node-ttl.ts';
