/** ReplicaSets: so many pods of one template. */
export * from './controller.ts';
export type * from './types.ts';
