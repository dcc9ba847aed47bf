import type { TokenAuthenticator } from '../authenticate/token-authenticator.ts';
import type { AuthenticationConfiguration, OidcFlags } from './configuration.ts';
import type { OidcOptions } from './oidc-authenticator.ts';

export type { CompileExpression } from './claims.ts';
export type { AuthenticationConfiguration, ClaimMapping, JwtIssuer, OidcFlags } from './configuration.ts';
export type { OidcOptions };

/** Tokens of OpenID providers. Loaded for this call. */
export async function oidcAuthenticator(options: OidcOptions): Promise<TokenAuthenticator> {
  return new (await import('./oidc-authenticator.ts')).OidcAuthenticator(options);
}

/** The issuer that kube-apiserver's --oidc-* flags describe. */
export async function issuerOfFlags(flags: OidcFlags) {
  return (await import('./configuration.ts')).issuerOfFlags(flags);
}

/** Reads a file of kind AuthenticationConfiguration (apiserver.config.k8s.io/v1). */
export async function parseAuthenticationConfiguration(text: string): Promise<AuthenticationConfiguration> {
  return (await import('./configuration.ts')).parseAuthenticationConfiguration(text);
}
