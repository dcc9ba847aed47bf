import { X509Certificate } from 'node:crypto';
import { isStatusError } from '#kube/api';
import type { ApiServer } from '#kube/apiserver';
import {
  type AnonymousOptions,
  type Authenticate,
  type Authentication,
  type Authorizer,
  authenticateBy,
  bearerAuthenticator,
  bootstrapTokenAuthenticator,
  type Credentials,
  certificateAuthenticator,
  impersonate,
  oidcAuthenticator,
  type Pki,
  parseAuthenticationConfiguration,
  RefusedImpersonation,
  requestHeaderAuthenticator,
  type ServiceAccountTokens,
  staticTokenAuthenticator,
  type TokenAuthenticator,
  tokenWebhookAuthenticator,
  unionTokens,
} from '#kube/auth';
import type { ResolvedOptions } from '../options.ts';
import { readOptionFile } from '../read-option-file.ts';

/** The issuer of service account tokens. */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';
/** What tokens are for unless they say more. */
export const AUDIENCES = [ISSUER, 'hakobune'];

/** Common names of the certificates that may say for whom a request comes. */
export const FRONT_PROXIES: readonly string[] = ['front-proxy-client'];

/** The ways to prove who one is. */
export interface OpenedAuthentication {
  readonly authenticate: Authenticate;
  /** Those by a token, which TokenReviews ask too. */
  readonly tokens: TokenAuthenticator;
}

/** Certificates, front proxies and tokens; then whom the request wants to be. */
export async function openAuthentication(
  server: ApiServer,
  pki: Pki,
  serviceAccounts: ServiceAccountTokens,
  authorizer: Authorizer,
  options: ResolvedOptions,
): Promise<OpenedAuthentication> {
  const { anonymous, tokenFile, authenticationConfig } = options;
  const oidc = authenticationConfig === undefined ? undefined : await openOidc(authenticationConfig);
  const tokens = unionTokens([
    ...(tokenFile === undefined ? [] : [staticTokenAuthenticator(readOptionFile('token-file', tokenFile), AUDIENCES)]),
    serviceAccounts,
    bootstrapTokenAuthenticator(server.objects, AUDIENCES),
    ...(oidc === undefined ? [] : [oidc.authenticator]),
    ...(await tokenWebhooks(options)),
  ]);
  const fingerprints = (pem: string) => new Set([new X509Certificate(pem).fingerprint256]);
  const authenticate = authenticateBy(
    [
      requestHeaderAuthenticator({
        caFingerprints: fingerprints(pki.frontProxyCa.cert),
        allowedNames: FRONT_PROXIES,
      }),
      certificateAuthenticator(fingerprints(pki.clientCa.cert)),
      bearerAuthenticator(tokens),
    ],
    oidc?.anonymous ?? { enabled: anonymous !== false },
  );
  const become = (credentials: Credentials, authentication: Authentication) => {
    const { user: impersonator } = authentication;
    const other = impersonate(credentials, impersonator, authorizer);
    if (other === undefined) return authentication;
    return other.then(
      (user) => ({ ...authentication, user, impersonator }),
      (error: unknown) => {
        throw isStatusError(error) ? new RefusedImpersonation(error, impersonator) : error;
      },
    );
  };
  return {
    tokens,
    authenticate(credentials, info) {
      const found = authenticate(credentials, info);
      return found instanceof Promise ? found.then((one) => become(credentials, one)) : become(credentials, found);
    },
  };
}

/** Asked last, as upstream does: it costs a call, and is told every token that nobody else knows. */
async function tokenWebhooks({ authenticationTokenWebhook = {} }: ResolvedOptions): Promise<TokenAuthenticator[]> {
  const { config, cacheTtlMs } = authenticationTokenWebhook;
  if (config === undefined) return [];
  return [await tokenWebhookAuthenticator(config, AUDIENCES, cacheTtlMs === undefined ? {} : { ttlMs: cacheTtlMs })];
}

async function openOidc(
  path: string,
): Promise<{ authenticator: TokenAuthenticator; anonymous: AnonymousOptions | undefined }> {
  const { issuers, anonymous } = await parseAuthenticationConfiguration(readOptionFile('authentication-config', path));
  return { authenticator: await oidcAuthenticator({ issuers, apiAudiences: AUDIENCES }), anonymous };
}
