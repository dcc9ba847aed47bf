import { parseScopes } from '../auth/scope.ts';
import { TOKEN_LIFETIME_S } from '../auth/tokens.ts';
import { RegistryError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RegistryParts } from './handler.ts';

const MAX_FORM_BYTES = 16_384;

/** GET /v2/ (end-1). */
export function getBase(_parts: RegistryParts, exchange: Exchange): void {
  exchange.json({}, { 'Docker-Distribution-Api-Version': 'registry/2.0' });
}

export function getHealth({ readOnly }: RegistryParts, exchange: Exchange): void {
  exchange.json({ status: 'ok', readOnly });
}

/** Who has no name, with a token or without, is not shown what others do. */
export function getMetrics({ storage, metrics, authorizer }: RegistryParts, exchange: Exchange): void {
  if (authorizer !== undefined && !exchange.access.user) throw new RegistryError('DENIED', 'sign in to see metrics');
  exchange.send(200, { 'Content-Type': 'text/plain; version=0.0.4' }, metrics.render(storage.usage()));
}

/** GET /token: Docker's token protocol. */
export async function getToken({ authorizer }: RegistryParts, exchange: Exchange): Promise<void> {
  if (authorizer === undefined) throw noTokens();
  const wanted = parseScopes(exchange.query.getAll('scope'));
  sendToken(exchange, await authorizer.issue(exchange.request, wanted));
}

/** POST /token: the same as OAuth 2 writes it (grant_type=password). */
export async function postToken({ authorizer }: RegistryParts, exchange: Exchange): Promise<void> {
  if (authorizer === undefined) throw noTokens();
  const tooLarge = () => new RegistryError('UNSUPPORTED', 'the form is too large', { status: 413 });
  const form = new URLSearchParams((await exchange.wholeBody(MAX_FORM_BYTES, tooLarge)).toString());
  if (form.get('grant_type') !== 'password')
    throw new RegistryError('UNSUPPORTED', 'only grant_type=password is known', { status: 400 });
  const credentials = { user: form.get('username') ?? '', password: form.get('password') ?? '' };
  sendToken(exchange, await authorizer.issue(exchange.request, parseScopes(form.getAll('scope')), credentials));
}

function sendToken(exchange: Exchange, { token, issuedAt }: { token: string; issuedAt: string }): void {
  const body = { token, access_token: token, expires_in: TOKEN_LIFETIME_S, issued_at: issuedAt };
  exchange.json(body, { 'Cache-Control': 'no-store' });
}

function noTokens(): RegistryError {
  return new RegistryError('UNSUPPORTED', 'this registry gives no tokens', { status: 404 });
}
