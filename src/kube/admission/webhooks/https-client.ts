import type { Agent, RequestOptions } from 'node:https';
import type { Shared } from '#kube/api';
import type { WebhookClient } from '#kube/api/resources';
import { describeFailure, describeStatus } from './failures.ts';

/** Where a service is to be reached. */
export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** Finds an address behind a service of the cluster; throws an Error that says why there is none. */
export type ResolveService = (service: {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}) => ServiceAddress | Promise<ServiceAddress>;

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const HTTPS_PORT = 443;
const MAX_FREE_SOCKETS = 8;
const IDLE_MS = 30_000;

/** Calls webhooks over HTTPS. Connections stay open for the next call; certificates are checked against the CA bundle. */
export class HttpsWebhookClient implements Disposable {
  readonly #resolve: ResolveService;
  #agent: Agent | undefined;

  constructor(resolve: ResolveService) {
    this.#resolve = resolve;
  }

  /** Posts JSON and answers what was decoded. Throws an Error in upstream's words for whatever goes wrong on the way. */
  async post(client: Shared<WebhookClient>, body: string, timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const url = urlOf(client, timeoutMs);
    const both = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const text = await this.#send(await this.#requestOptions(client, url), body, both);
      return JSON.parse(text);
    } catch (error) {
      throw describeFailure(url, error);
    }
  }

  [Symbol.dispose](): void {
    this.#agent?.destroy();
  }

  async #requestOptions({ service, caBundle = '' }: Shared<WebhookClient>, url: URL): Promise<RequestOptions> {
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? HTTPS_PORT : Number(url.port);
    const { namespace = '', name: serviceName = '' } = service ?? {};
    const address =
      service === undefined ? { host: name, port } : await this.#resolve({ namespace, name: serviceName, port });
    const { Agent: HttpsAgent } = process.getBuiltinModule('node:https');
    this.#agent ??= new HttpsAgent({ keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS, timeout: IDLE_MS });
    return {
      ...address,
      agent: this.#agent,
      method: 'POST',
      path: url.pathname + url.search,
      // Addresses have no name to send (RFC 6066, section 3); the certificate is checked against the address then.
      servername: /^[\d.]+$|:/.test(name) ? '' : name,
      ...(caBundle === '' ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') }),
      headers: { host: url.host, 'content-type': 'application/json', accept: 'application/json, */*' },
    };
  }

  /** A connection that was kept may have been closed meanwhile by the other side: that is no failure yet. */
  async #send(options: RequestOptions, body: string, signal: AbortSignal): Promise<string> {
    for (;;) {
      const { text, isStale } = await exchange(options, body, signal);
      if (!isStale) return text;
    }
  }
}

/** A webhook's URL as requests and messages have it. */
function urlOf({ url, service }: Shared<WebhookClient>, timeoutMs: number): URL {
  const { namespace, name, path = '', port = HTTPS_PORT } = service ?? {};
  const made = new URL(url ?? `https://${name}.${namespace}.svc:${port}`);
  if (service !== undefined) made.pathname = path;
  made.search = `?timeout=${Math.ceil(timeoutMs / 1000)}s`;
  return made;
}

interface Exchanged {
  readonly text: string;
  readonly isStale: boolean;
}

function exchange(options: RequestOptions, body: string, signal: AbortSignal): Promise<Exchanged> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchanged>();
  const { request } = process.getBuiltinModule('node:https');
  const call = request({ ...options, signal });
  call.on('error', (error: NodeJS.ErrnoException) => {
    if (call.reusedSocket && error.code === 'ECONNRESET') resolve({ text: '', isStale: true });
    else reject(error);
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
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve({ text, isStale: false });
      else reject(describeStatus(statusCode, text));
    });
  });
  call.end(body);
  return promise;
}
