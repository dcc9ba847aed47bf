/** Restart policies: whether and when a container that ended is started again. */
export * from './next-restart.ts';
