import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { unauthorized } from '#kube/api';
import type { ApiServer, Services } from '#kube/apiserver';
import type { Pki } from '#kube/auth';
import type { ResolvedOptions } from './options.ts';

/** Who may come in and do what. */
export interface Access extends Services, AsyncDisposable {
  readonly upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void;
}

/** Builds authentication and authorization from the options. */
export async function openAccess(server: ApiServer, _pki: Pki, _options: ResolvedOptions): Promise<Access> {
  return {
    authenticate: ({ certificate }) => {
      const { CN, O = [] } = certificate?.subject ?? {};
      if (typeof CN !== 'string') throw unauthorized();
      return { user: { name: CN, groups: [...(typeof O === 'string' ? [O] : O), 'system:authenticated'] } };
    },
    authorizer: {
      authorize: ({ user }) => ({ decision: user.groups.includes('system:masters') ? 'allow' : 'deny', reason: '' }),
    },
    run: (request, http, response) => server.run(request, http, response),
    upgrade: (_request, socket) => void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n'),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
