/** Who asks and whether they may: authentication, authorization, certificates and tokens, audit, priority and fairness. */

export * from './audit/mod.ts';
export * from './authenticate/mod.ts';
export * from './authorize/mod.ts';
export * from './contract.ts';
export * from './fairness/mod.ts';
export * from './node/mod.ts';
export * from './objects.ts';
export * from './oidc/mod.ts';
export * from './pki/mod.ts';
export * from './rbac/mod.ts';
export * from './request-info.ts';
export * from './reviews/mod.ts';
export * from './tokens/mod.ts';
export * from './webhook/mod.ts';
