import type { Credentials } from '../contract.ts';

const WEBSOCKET_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/**
 * The bearer token of a request: from `Authorization`, or, for browsers' WebSockets, from the subprotocols that a client offers (which
 * must offer another one too). Undefined without any.
 */
export function bearerToken({ headers }: Credentials): string | undefined {
  const { authorization } = headers;
  if (typeof authorization === 'string') {
    // As all clients write it; tokens are long, and this is asked for every request.
    if (authorization.startsWith('Bearer ') && authorization.indexOf(' ', 7) < 0 && authorization.length > 7) {
      return authorization.slice(7);
    }
    const found = /^\s*bearer +(\S+)\s*$/i.exec(authorization.length > MAX_LENGTH ? '' : authorization);
    if (found !== null) return found[1];
  }
  const offered = headers['sec-websocket-protocol'];
  return typeof offered === 'string' && offered.includes(WEBSOCKET_PREFIX) ? tokenAmong(offered) : undefined;
}

const MAX_LENGTH = 128 * 1024;

function tokenAmong(offered: string): string | undefined {
  const protocols = offered.split(',').map((one) => one.trim());
  const carriers = protocols.filter((one) => one.startsWith(WEBSOCKET_PREFIX));
  const [carrier] = carriers;
  if (carrier === undefined || carriers.length > 1 || protocols.length < 2) return undefined;
  const token = Buffer.from(carrier.slice(WEBSOCKET_PREFIX.length), 'base64url').toString('utf8');
  return token === '' ? undefined : token;
}
