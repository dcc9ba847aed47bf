/** Images: content store, names, unpacking, snapshots, import, load, save, bootstrap. */
export type { BootstrapBusyboxOptions } from './bootstrap/busybox.ts';
export type { BootstrapDebianOptions } from './bootstrap/debian.ts';
export { applyChanges } from './changes.ts';
export { type ContentStore, Ingest, type Lease, type Pins } from './content/mod.ts';
export * from './contract.ts';
export { type OpenedImages, type OpenImagesOptions, openImages } from './open.ts';
export * from './platform.ts';
export * from './reference.ts';
