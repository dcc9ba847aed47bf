/** Images: content store, names, unpacking, snapshots, import, load, save, bootstrap. */
export * from './contract.ts';
