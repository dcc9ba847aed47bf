import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ApiServer, RequestMetrics, reviewHandlers, type Services } from '#kube/apiserver';
import {
  type Authenticate,
  type Authentication,
  type Authorizer,
  authenticateBy,
  bearerAuthenticator,
  bootstrapTokenAuthenticator,
  type Credentials,
  certificateAuthenticator,
  escalationPlugin,
  impersonate,
  jsonWebKeySet,
  openidConfiguration,
  type Pki,
  RbacAuthorizer,
  RESOURCES,
  requestHeaderAuthenticator,
  ServiceAccountTokens,
  staticTokenAuthenticator,
  superuserAuthorizer,
  type TokenAuthenticator,
  unionAuthorizer,
  unionTokens,
} from '#kube/auth';
import type { ResolvedOptions } from '../options.ts';

/** Who may come in and do what. */
export interface Access extends Services, AsyncDisposable {}

/** The issuer of service account tokens, and what they are for unless they say more. */
const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const AUDIENCES = [ISSUER, 'hakobune'];

/** Builds authentication and authorization from the options, and registers what the server answers about them. */
export async function openAccess(server: ApiServer, pki: Pki, options: ResolvedOptions): Promise<Access> {
  await server.objects.load(Object.values(RESOURCES));
  const { objects } = server;
  const serviceAccountTokens = new ServiceAccountTokens({
    signingKey: pki.serviceAccountKey,
    issuers: [ISSUER],
    audiences: AUDIENCES,
    objects,
  });
  const tokens = unionTokens(tokenAuthenticators(server, serviceAccountTokens, options));
  const rbac = new RbacAuthorizer(objects);
  const authorizer = unionAuthorizer([superuserAuthorizer, rbac] satisfies Authorizer[]);
  const reviews = reviewHandlers({ authorizer, tokens, serviceAccountTokens, objects });
  for (const [path, handler] of reviews) server.handlers.set(path, handler);
  server.admission.push(escalationPlugin({ rbac, authorizer, objects }));
  serveKeys(server, serviceAccountTokens);
  const metrics = new RequestMetrics(server);
  server.paths.set('/metrics', () => text(metrics.registry.text(), 'text/plain; version=0.0.4; charset=utf-8'));
  return {
    authenticate: authentication(pki, tokens, authorizer, options),
    authorizer,
    run: (request, http, response) => server.run(request, http, response),
    observe: (info, _user, _request, response) => void metrics.observe(info, response),
    async [Symbol.asyncDispose]() {
      rbac[Symbol.dispose]();
    },
  };
}

function tokenAuthenticators(
  server: ApiServer,
  serviceAccounts: ServiceAccountTokens,
  { tokenFile }: ResolvedOptions,
): TokenAuthenticator[] {
  return [
    ...(tokenFile === undefined ? [] : [staticTokenAuthenticator(readFileSync(tokenFile, 'utf8'), AUDIENCES)]),
    serviceAccounts,
    bootstrapTokenAuthenticator(server.objects, AUDIENCES),
  ];
}

/** Certificates, front proxies and tokens; then whom the request wants to be. */
function authentication(
  pki: Pki,
  tokens: TokenAuthenticator,
  authorizer: Authorizer,
  { anonymous }: ResolvedOptions,
): Authenticate {
  const fingerprints = (pem: string) => new Set([new X509Certificate(pem).fingerprint256]);
  const authenticate = authenticateBy(
    [
      requestHeaderAuthenticator({ caFingerprints: fingerprints(pki.frontProxyCa.cert), allowedNames: [] }),
      certificateAuthenticator(fingerprints(pki.clientCa.cert)),
      bearerAuthenticator(tokens),
    ],
    { enabled: anonymous !== false },
  );
  const become = (credentials: Credentials, authentication: Authentication) => {
    const other = impersonate(credentials.headers, authentication.user, authorizer);
    return other === undefined ? authentication : other.then((user) => ({ ...authentication, user }));
  };
  return (credentials, info) => {
    const found = authenticate(credentials, info);
    return found instanceof Promise ? found.then((one) => become(credentials, one)) : become(credentials, found);
  };
}

/** What others check our tokens by. */
function serveKeys(server: ApiServer, tokens: ServiceAccountTokens): void {
  const configuration = JSON.stringify(openidConfiguration(tokens, `${ISSUER}/openid/v1/jwks`));
  const keys = JSON.stringify(jsonWebKeySet(tokens));
  server.paths.set('/.well-known/openid-configuration', () => text(configuration, 'application/json'));
  server.paths.set('/openid/v1/jwks', () => text(keys, 'application/jwk-set+json'));
}

function text(body: string, contentType: string) {
  return { type: 'raw', code: 200, contentType, body } as const;
}
