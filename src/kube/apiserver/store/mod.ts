/** Objects in storage, and the cache that answers reads and watches. */
export * from './cache.ts';
export * from './entry.ts';
export * from './event.ts';
export * from './following.ts';
export * from './shared-views.ts';
export * from './store.ts';
export * from './stores.ts';
export * from './text.ts';
