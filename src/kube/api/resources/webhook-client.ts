import { dnsSubdomainErrors, type FieldErrors, type Path, portNumberErrors } from '../values/mod.ts';

/** How the API server calls a webhook: a URL, or a service of the cluster. */
export interface WebhookClient {
  url?: string;
  service?: { namespace?: string; name?: string; path?: string; port?: number };
  caBundle?: string;
}

const HTTPS_PORT = 443;

/** The port of a service that names none. */
export function setWebhookClientDefaults(client: WebhookClient | undefined): void {
  if (client?.service !== undefined) client.service.port ??= HTTPS_PORT;
}

/** Complaints about how a webhook is to be called. */
export function validateWebhookClient(client: WebhookClient, path: Path, errors: FieldErrors): void {
  const { url, service } = client;
  if ((url === undefined) === (service === undefined))
    errors.required(path, 'exactly one of url or service is required');
  else if (url !== undefined) validateUrl(url, path.child('url'), errors);
  else if (service !== undefined) validateService(service, path.child('service'), errors);
}

function validateUrl(url: string, path: Path, errors: FieldErrors): void {
  const form = '; desired format: https://host[/path]';
  if (!URL.canParse(url)) {
    errors.required(path, `url must be a valid URL: ${JSON.stringify(url)}${form}`);
    return;
  }
  const { protocol, host, username, password, hash, search } = new URL(url);
  if (protocol !== 'https:')
    errors.invalid(path, protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`);
  if (host === '') errors.invalid(path, host, `host must be specified${form}`);
  if (username !== '' || password !== '')
    errors.invalid(path, '<redacted>', 'user information is not permitted in the URL');
  if (hash !== '') errors.invalid(path, hash.slice(1), 'fragments are not permitted in the URL');
  if (search !== '') errors.invalid(path, search.slice(1), 'query parameters are not permitted in the URL');
}

function validateService(
  { namespace = '', name = '', path, port = HTTPS_PORT }: NonNullable<WebhookClient['service']>,
  at: Path,
  errors: FieldErrors,
): void {
  if (name === '') errors.required(at.child('name'), 'service name is required');
  if (namespace === '') errors.required(at.child('namespace'), 'service namespace is required');
  for (const problem of portNumberErrors(port)) errors.invalid(at.child('port'), port, `port is not valid: ${problem}`);
  if (path !== undefined) validateUrlPath(path, at.child('path'), errors);
}

/** `/`, or segments that are DNS names. */
function validateUrlPath(path: string, at: Path, errors: FieldErrors): void {
  if (path === '' || path === '/') return;
  if (!path.startsWith('/')) errors.invalid(at, path, "must start with a '/'");
  if (path === '//') {
    errors.invalid(at, path, 'segment[0] may not be empty');
    return;
  }
  const segments = path.replace(/^\//, '').replace(/\/$/, '').split('/');
  segments.forEach((segment, i) => {
    if (segment === '') errors.invalid(at, path, `segment[${i}] may not be empty`);
    else for (const problem of dnsSubdomainErrors(segment)) errors.invalid(at, path, `segment[${i}]: ${problem}`);
  });
}
