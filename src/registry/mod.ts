/** OCI distribution 1.1: a registry over a content store. */
export * from './contract.ts';
export { openRegistry, type Registry, type RegistryOptions } from './registry.ts';
export * from './storage/mod.ts';
