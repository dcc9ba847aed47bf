import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** What others need to check our tokens by themselves: OpenID Connect Discovery 1.0, section 3. */
export function openidConfiguration(tokens: ServiceAccountTokens, jwksUri: string): Readonly<Record<string, unknown>> {
  return {
    issuer: tokens.issuers[0],
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(tokens.keys.map(({ algorithms }) => algorithms[0]))].sort(),
  };
}

/** The public keys as a JSON Web Key Set (RFC 7517), for `/openid/v1/jwks`. */
export function jsonWebKeySet(tokens: ServiceAccountTokens): Readonly<Record<string, unknown>> {
  return {
    keys: tokens.keys.map(({ id, key, algorithms }) => ({
      use: 'sig',
      ...key.export({ format: 'jwk' }),
      kid: id,
      alg: algorithms[0],
    })),
  };
}
