export * from './superuser.ts';
export * from './union.ts';
