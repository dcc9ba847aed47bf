import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { unavailable } from '#kube/api';
import type { Upgrade } from '#kube/apiserver';
import type { UserInfo } from '#kube/auth';

/** Where to send a request, and as whom this server shows itself there. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  readonly serverName: string;
  /** PEM; undefined: the system's. */
  readonly ca: string | undefined;
  readonly insecure: boolean;
  /** The front proxy's client certificate: who has it is believed in what `X-Remote-*` says. */
  readonly cert: string;
  readonly key: string;
}

/** Headers that are between two neighbours only (RFC 9110, section 7.6.1), and what nobody behind us shall see. */
const NOT_FORWARDED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'authorization',
  'host',
  // The body was read already: there is nothing to be asked for, and it is no longer compressed.
  'expect',
  'content-encoding',
]);

/** Passes a request on and its answer back, as a stream. The body is `body`, which was read already. */
export async function forward(
  backend: Backend,
  user: UserInfo,
  request: IncomingMessage,
  body: Buffer | undefined,
  response: ServerResponse,
): Promise<void> {
  const upstream = process.getBuiltinModule('node:https').request({
    ...tlsOptions(backend),
    method: request.method,
    path: request.url,
    headers: forwardedHeaders(request, user, body),
  });
  await answered(upstream, response, () => upstream.end(body));
}

/**
 * Passes a request on that wants another protocol (WebSocket, SPDY). Where the backend agrees, the connection is joined to the backend's,
 * which is when this resolves; any other answer is passed back as such, and ends the connection.
 */
export async function forwardUpgrade(
  backend: Backend,
  user: UserInfo,
  request: IncomingMessage,
  upgrade: Upgrade,
  response: ServerResponse,
): Promise<void> {
  const { upgrade: protocol } = request.headers;
  const upstream = process.getBuiltinModule('node:https').request({
    ...tlsOptions(backend),
    method: request.method,
    path: request.url,
    headers: {
      ...forwardedHeaders(request, user, undefined),
      connection: 'Upgrade',
      ...(protocol === undefined ? {} : { upgrade: protocol }),
    },
  });
  const { promise: joined, resolve } = Promise.withResolvers<void>();
  upstream.on('upgrade', (answer, other, first) => {
    // Too late: the client has been told something else.
    if (response.headersSent || response.destroyed) other.destroy();
    else join(answer, other, first, upgrade);
    resolve();
  });
  await Promise.race([joined, answered(upstream, response, () => upstream.end())]);
}

/** Sends a request and its answer back. Resolves when that is over or the client is gone; rejects with a 503 where nobody answers. */
function answered(upstream: ClientRequest, response: ServerResponse, send: () => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  upstream.on('error', (error) => reject(unavailable(`the server behind this API does not answer: ${error.message}`)));
  upstream.on('response', (answer) => {
    // The client may have been told already that this takes too long.
    if (response.headersSent || response.destroyed) {
      answer.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response);
    answer.on('end', resolve);
    answer.on('error', () => response.destroy());
  });
  response.on('close', () => {
    upstream.destroy();
    resolve();
  });
  send();
  return promise;
}

/** Joins two connections that have agreed on a protocol. Neither end outlives the other: a pipe passes on an orderly end alone. */
function join({ headers }: IncomingMessage, other: Duplex, first: Buffer, upgrade: Upgrade): void {
  const socket = upgrade.take();
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}\r\n`),
  );
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
  if (first.length > 0) socket.write(first);
  if (upgrade.head.length > 0) other.write(upgrade.head);
  other.on('error', () => socket.destroy());
  other.on('close', () => socket.destroy());
  socket.on('close', () => other.destroy());
  other.pipe(socket).pipe(other);
}

function tlsOptions({
  host,
  port,
  serverName,
  ca,
  insecure,
  cert,
  key,
}: Backend): AgentOptions & { host: string; port: number } {
  return {
    host,
    port,
    servername: serverName,
    cert,
    key,
    rejectUnauthorized: !insecure,
    agent: undefined,
    ...(ca === undefined ? {} : { ca }),
  } as AgentOptions & {
    host: string;
    port: number;
  };
}

function forwardedHeaders(request: IncomingMessage, user: UserInfo, body: Buffer | undefined): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // What a client says about X-Remote-* would be believed: only this server may say it.
    if (
      NOT_FORWARDED.has(name) ||
      name.startsWith('x-remote-') ||
      name.startsWith('impersonate-') ||
      value === undefined
    )
      continue;
    const sent = name === 'sec-websocket-protocol' ? withoutToken(String(value)) : value;
    if (sent !== '') headers[name] = sent;
  }
  headers['x-remote-user'] = user.name;
  if (user.groups.length > 0) headers['x-remote-group'] = [...user.groups];
  if (user.uid !== undefined) headers['x-remote-uid'] = user.uid;
  for (const [key, values] of Object.entries(user.extra ?? {}))
    headers[`x-remote-extra-${encodeURIComponent(key)}`] = [...values];
  headers['x-forwarded-for'] = request.socket.remoteAddress ?? '';
  if (body !== undefined) headers['content-length'] = body.length;
  return headers;
}

/** Browsers cannot set headers for WebSockets: their bearer token comes as a subprotocol, and is nobody else's business. */
function withoutToken(protocols: string): string {
  return protocols
    .split(',')
    .filter((protocol) => !protocol.trim().startsWith('base64url.bearer.authorization.k8s.io.'))
    .join(',');
}

function endToEnd(headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === 'content-encoding' || !NOT_FORWARDED.has(name)),
  );
}
