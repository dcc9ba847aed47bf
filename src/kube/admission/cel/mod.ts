/** What expressions of webhooks and policies see of a request. Loaded when there is one: CEL is heavy. */
export * from './conditions.ts';
export * from './environment.ts';
