import { request } from 'node:https';
import { errorMessage } from '#base';
import type { WebhookClientConfig } from '../types.ts';
import type { ConversionClient, ResolveService } from './conversion-client.ts';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const HTTPS_PORT = 443;

interface Destination {
  readonly url: URL;
  /** The name that the certificate must be for. */
  readonly servername: string;
  readonly host: string;
  readonly port: number;
}

/** Calls webhooks over HTTPS: certificates are checked against the CA bundle, or against the system's CAs without one. */
export class HttpsConversionClient implements ConversionClient {
  readonly #resolve: ResolveService;

  constructor(resolve: ResolveService) {
    this.#resolve = resolve;
  }

  async post(config: WebhookClientConfig, body: string, timeoutMs: number): Promise<unknown> {
    const url = urlOf(config);
    const shown = `${url.origin}${url.pathname}?timeout=${Math.round(timeoutMs / 1000)}s`;
    try {
      const destination = await this.#destination(config, url);
      const text = await send(destination, config.caBundle, body, timeoutMs);
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`Post ${JSON.stringify(shown)}: ${errorMessage(error)}`, { cause: error });
    }
  }

  async #destination({ service }: WebhookClientConfig, url: URL): Promise<Destination> {
    const servername = url.hostname.replace(/^\[|\]$/g, '');
    if (service !== undefined) return { url, servername, ...(await this.#resolve(service)) };
    return { url, servername, host: servername, port: url.port === '' ? HTTPS_PORT : Number(url.port) };
  }
}

function urlOf({ url, service }: WebhookClientConfig): URL {
  if (url !== undefined) return new URL(url);
  if (service === undefined) throw new Error('the webhook has neither a url nor a service');
  return new URL(service.path ?? '/', `https://${service.name}.${service.namespace}.svc:${service.port ?? HTTPS_PORT}`);
}

function send(
  { url, servername, host, port }: Destination,
  caBundle: string | undefined,
  body: string,
  timeoutMs: number,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const call = request({
    host,
    port,
    path: `${url.pathname}?timeout=${Math.round(timeoutMs / 1000)}s`,
    method: 'POST',
    servername: /[a-z]/i.test(servername) ? servername : '',
    ...(caBundle === undefined || caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
    headers: { host: url.host, 'content-type': 'application/json', accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
    agent: false,
  });
  call.on('error', (error) => {
    reject(error.name === 'AbortError' ? new Error('context deadline exceeded', { cause: error }) : error);
  });
  call.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) call.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`the webhook answered with status ${response.statusCode}: ${text.slice(0, 256)}`));
    });
  });
  call.end(body);
  return promise;
}
