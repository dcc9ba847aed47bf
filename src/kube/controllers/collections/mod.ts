/** All objects of many resources, followed without keeping them. */
export * from './collections.ts';
export * from './follow.ts';
