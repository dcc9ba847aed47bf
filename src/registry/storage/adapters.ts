/** Adapters of the storage port. One contract suite holds for all (../testing/storage-suite.ts). */
export { type BlobKeeper, ContentStorage, type ContentStorageOptions } from './content-storage.ts';
export { digestOf } from './digest-of.ts';
export { type FolderStorageOptions, openFolderStorage } from './folder.ts';
export { openSharedStorage, type SharedStorageOptions } from './shared.ts';
