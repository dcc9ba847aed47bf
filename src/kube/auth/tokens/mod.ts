export * from './discovery.ts';
export * from './issue-token.ts';
export { type SigningKey, signingKey, type VerifyingKey } from './jwt.ts';
export { issueLegacyToken } from './legacy-token.ts';
export type { ReadLive } from './live-objects.ts';
export type { ObjectClaim } from './service-account-claims.ts';
export * from './service-account-tokens.ts';
export * from './token-request.ts';
