/** What a server says of itself in the cluster: that it lives, and where. */
export { advertisedAddress } from './advertised-address.ts';
export { announce, type PresenceOptions } from './announce.ts';
export { forgetEndpoints } from './endpoints.ts';
