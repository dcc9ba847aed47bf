export * from './question.ts';
export * from './superuser.ts';
export * from './union.ts';
