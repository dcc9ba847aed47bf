import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { internalError, isStatusError, noSuchPath, StatusError } from '#kube/api';
import { type RequestInfo, requestInfo, type UserInfo } from '#kube/auth';
import { credentialsOf } from './credentials.ts';
import { notAllowed } from './not-allowed.ts';
import type { Services } from './services.ts';

/** A connection that wants another protocol, after it was authenticated and allowed. */
export interface UpgradeRequest {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly query: URLSearchParams;
}

/** Takes the connection over, or answers false when it is not for it. */
export type UpgradeServer = (
  request: UpgradeRequest,
  http: IncomingMessage,
  socket: Socket,
  head: Buffer,
) => Promise<boolean>;

/** Serves a connection that wants another protocol: the same checks as for every request, then whoever it is for. */
export async function handleUpgrade(
  services: Services,
  serve: UpgradeServer,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  try {
    refuseOtherSites(request);
    const { method = 'GET', url = '/' } = request;
    const info = requestInfo(method, url);
    const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
    const { user } = await services.authenticate(credentialsOf(request), info);
    const { decision, reason } = await services.authorizer.authorize({ ...info, user });
    if (decision !== 'allow') throw notAllowed(info, user, reason);
    if (!(await serve({ info, user, query }, request, socket, head))) throw noSuchPath();
  } catch (error) {
    refuse(socket, isStatusError(error) ? error : internalError(String(error), error));
  }
}

/** Browsers open WebSockets to anywhere and say whose page it was; a page of another site has no business here. */
function refuseOtherSites({ headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) return;
  throw new StatusError(
    403,
    'Forbidden',
    `forbidden: connections from pages of ${origin.slice(0, 256)} are refused`,
    {},
  );
}

/** The tunnel was not opened: the answer says why and ends the connection, so that nothing can be sent through it. */
function refuse(socket: Socket, error: StatusError): void {
  if (socket.destroyed) return;
  const body = JSON.stringify(error.toStatus());
  const head = `HTTP/1.1 ${error.code} ${error.reason}\r\nconnection: close\r\ncontent-type: application/json`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
