/** What expressions of webhooks and policies see of a request. Loaded when there is one: CEL is heavy. */
export { toJson } from '#kube/cel';
export * from './check-expressions.ts';
export * from './check-types.ts';
export * from './conditions.ts';
export * from './environment.ts';
export * from './policy-program.ts';
export * from './struct-literals.ts';
