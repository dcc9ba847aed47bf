import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ApiServer, Services } from '#kube/apiserver';
import {
  type Authenticate,
  type Authorizer,
  authenticateBy,
  bearerAuthenticator,
  certificateAuthenticator,
  type Pki,
  RbacAuthorizer,
  RESOURCES,
  ServiceAccountTokens,
  superuserAuthorizer,
  unionAuthorizer,
  unionTokens,
} from '#kube/auth';
import type { ResolvedOptions } from './options.ts';

/** Who may come in and do what. */
export interface Access extends Services, AsyncDisposable {
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** The issuer of service account tokens, and what they are for unless they say more. */
const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** Builds authentication and authorization from the options. */
export async function openAccess(server: ApiServer, pki: Pki, options: ResolvedOptions): Promise<Access> {
  await server.objects.load(Object.values(RESOURCES));
  const tokens = new ServiceAccountTokens({
    signingKey: pki.serviceAccountKey,
    issuers: [ISSUER],
    audiences: [ISSUER, 'hakobune'],
    objects: server.objects,
  });
  const rbac = new RbacAuthorizer(server.objects);
  return {
    authenticate: authentication(pki, tokens, options),
    authorizer: unionAuthorizer([superuserAuthorizer, rbac] satisfies Authorizer[]),
    run: (request, http, response) => server.run(request, http, response),
    upgrade: (_request, socket) => void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n'),
    async [Symbol.asyncDispose]() {
      rbac[Symbol.dispose]();
    },
  };
}

function authentication(pki: Pki, tokens: ServiceAccountTokens, { anonymous }: ResolvedOptions): Authenticate {
  const clientCa = new X509Certificate(pki.clientCa.cert).fingerprint256;
  return authenticateBy([certificateAuthenticator(new Set([clientCa])), bearerAuthenticator(unionTokens([tokens]))], {
    enabled: anonymous !== false,
  });
}
