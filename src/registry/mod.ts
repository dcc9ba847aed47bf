/** OCI distribution 1.1: a registry over a content store. */

export type { CacheOptions } from './cache/caching-storage.ts';
export { type IncomingBlob, type Upstream, UpstreamAway, UpstreamBroken } from './cache/upstream.ts';
export * from './contract.ts';
export { RegistryError } from './errors.ts';
export { openRegistry, type Registry, type RegistryOptions } from './registry.ts';
export * from './storage/adapters.ts';
