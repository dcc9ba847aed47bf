import type { ServerResponse } from 'node:http';
import { type ApiServer, type MetricsRegistry, reviewHandlers, type Services, whenGone } from '#kube/apiserver';
import {
  type Authorizer,
  escalationPlugin,
  Fairness,
  jsonWebKeySet,
  nodeAuthorizer,
  nodeRestriction,
  openidConfiguration,
  type Pki,
  RbacAuthorizer,
  RESOURCES,
  type ReadLive,
  type RequestInfo,
  ServiceAccountTokens,
  superuserAuthorizer,
  type UserInfo,
  unionAuthorizer,
  webhookAuthorizer,
} from '#kube/auth';
import type { ResolvedOptions } from '../options.ts';
import { AUDIENCES, ISSUER, openAuthentication } from './authentication.ts';
import { openObservers } from './observers.ts';

/** Who may come in and do what. */
export interface Access extends Services, AsyncDisposable {
  /** What `/metrics` shows; others may add to it. */
  readonly metrics: MetricsRegistry;
}

/** Builds authentication and authorization from the options, and registers what the server answers about them. */
export async function openAccess(server: ApiServer, pki: Pki, options: ResolvedOptions): Promise<Access> {
  await using scope = new AsyncDisposableStack();
  await server.objects.load(Object.values(RESOURCES));
  const { objects } = server;
  const serviceAccountTokens = new ServiceAccountTokens({
    signingKey: pki.serviceAccountKey,
    issuers: [ISSUER],
    audiences: AUDIENCES,
    objects,
    ...(server.storage.exclusive ? {} : { readLive: liveReader(server) }),
  });
  const rbac = scope.use(new RbacAuthorizer(objects));
  const authorizers: Authorizer[] = [superuserAuthorizer, await nodeAuthorizer(objects), rbac];
  const { authorizationWebhookConfig } = options;
  if (authorizationWebhookConfig !== undefined) authorizers.push(await webhookAuthorizer(authorizationWebhookConfig));
  const authorizer = unionAuthorizer(authorizers);
  const { authenticate, tokens } = await openAuthentication(server, pki, serviceAccountTokens, authorizer, options);
  const reviews = reviewHandlers({ authorizer, tokens, serviceAccountTokens, objects });
  for (const [path, handler] of reviews) server.handlers.set(path, handler);
  server.admission.push(await nodeRestriction(objects), escalationPlugin({ rbac, authorizer, objects }));
  serveKeys(server, serviceAccountTokens);
  const fairness = scope.use(new Fairness({ objects }));
  const observers = scope.use(await openObservers(server, fairness, options));
  const holds = scope.move();
  return {
    authenticate,
    authorizer,
    requestTimeoutMs: options.requestTimeoutMs,
    run: (request, http, response) => server.run(request, http, response),
    admitRequest: (info, user, response) => seat(fairness, info, user, response),
    observe: observers.observe,
    refused: observers.refused,
    metrics: observers.metrics,
    [Symbol.asyncDispose]: () => holds.disposeAsync(),
  };
}

/** Reads past the caches, which may not know yet what another server of the cluster has written. */
function liveReader({ catalog, stores }: ApiServer): ReadLive {
  return async ({ group, resource }, namespace, name) => {
    const row = catalog.row(group, resource);
    const store = row === undefined ? undefined : stores.of(row);
    return (await store?.get(store.key(namespace, name)))?.object;
  };
}

/** Waits for a seat and says in the answer by which rules it was given. */
function seat(
  fairness: Fairness,
  info: RequestInfo,
  user: UserInfo,
  response: ServerResponse,
): (() => void) | Promise<() => void> {
  const found = fairness.admit(info, user, () => whenGone(response).signal);
  const take = (given: Awaited<typeof found>) => {
    response.setHeader('x-kubernetes-pf-flowschema-uid', given.flowSchemaUid);
    response.setHeader('x-kubernetes-pf-prioritylevel-uid', given.priorityLevelUid);
    return given.release;
  };
  return found instanceof Promise ? found.then(take) : take(found);
}

/** What others check our tokens by. */
function serveKeys(server: ApiServer, tokens: ServiceAccountTokens): void {
  const configuration = JSON.stringify(openidConfiguration(tokens, `${ISSUER}/openid/v1/jwks`));
  const keys = JSON.stringify(jsonWebKeySet(tokens));
  const answer = (body: string, contentType: string) => ({ type: 'raw', code: 200, contentType, body }) as const;
  server.paths.set('/.well-known/openid-configuration', () => answer(configuration, 'application/json'));
  server.paths.set('/openid/v1/jwks', () => answer(keys, 'application/jwk-set+json'));
}
