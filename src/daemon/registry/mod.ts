/** Wiring of the registry: on a folder for `hako registry serve`. The daemon's own is opened by the daemon (./daemon-registry.ts). */
export type { RegistrySettings } from './options.ts';
export { openFolderRegistry, runRegistry } from './serve.ts';
