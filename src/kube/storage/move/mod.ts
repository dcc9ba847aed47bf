/** Moving all objects from one datastore to another. */
export * from './move-storage.ts';
