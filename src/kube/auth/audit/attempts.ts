import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

/** How a request tried to say who it is from, in upstream's words; nothing of what it said. */
export function attemptsOf({ headers, url = '', socket }: IncomingMessage): string {
  const scheme = (headers.authorization ?? '').trim().split(' ', 1)[0]?.toLowerCase() ?? '';
  const hasToken = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('access_token')?.trim() ?? '';
  const hasCertificate = Object.keys((socket as Partial<TLSSocket>).getPeerCertificate?.() ?? {}).length > 0;
  const methods = [
    ...(scheme === 'basic' || scheme === 'bearer' ? [scheme] : []),
    ...(hasToken === '' ? [] : ['access_token']),
    ...(hasCertificate ? ['x509'] : []),
  ];
  if (methods.length === 0) return 'Authentication failed, no credentials provided';
  return `Authentication failed, attempted: ${methods.join(', ')}`;
}
