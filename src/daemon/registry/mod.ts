/** Wiring of the registry: on a folder for `hako registry serve`, or on the daemon's own store. Loaded where one is wanted. */
export { openDaemonRegistry } from './daemon-registry.ts';
export type { RegistrySettings } from './options.ts';
export { openFolderRegistry, runRegistry } from './serve.ts';
