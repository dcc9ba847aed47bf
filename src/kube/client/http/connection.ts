import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isStatusError, type Status, StatusError, unavailable } from '#kube/api';

/** Where an API server is and how to be known there. All PEM. */
export interface ConnectionOptions {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly userAgent?: string;
}

/** One request. */
export interface HttpCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The longest answer that is read into memory. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;
const MAX_SOCKETS = 64;

/** Keep-alive connections to one API server. */
export class Connection implements Disposable {
  readonly #options: ConnectionOptions;
  readonly #url: URL;
  readonly #agent: import('node:http').Agent;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#url = new URL(options.server);
    const { Agent } = this.#module();
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: 'lifo' });
  }

  /** Sends a request; answers the response whose body is the caller's to read. Failures are StatusErrors. */
  async open(call: HttpCall): Promise<IncomingMessage> {
    const request = this.#module().request(this.#requestOptions(call));
    request.end(call.body);
    const response = await responseOf(request, this.#options.server);
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    throw await errorOf(response, code);
  }

  /** Sends a request and reads the answer. */
  async text(call: HttpCall): Promise<{ text: string; contentType: string }> {
    const response = await this.open(call);
    return { text: await readText(response), contentType: response.headers['content-type'] ?? '' };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #module(): typeof import('node:https') {
    const name = this.#url.protocol === 'https:' ? 'node:https' : 'node:http';
    return process.getBuiltinModule(name) as typeof import('node:https');
  }

  #requestOptions({ method, path, body, contentType, signal }: HttpCall): RequestOptions {
    const { ca, cert, key, token, insecureSkipTlsVerify, userAgent } = this.#options;
    return {
      method,
      path: this.#url.pathname.replace(/\/$/, '') + path,
      host: this.#url.hostname.replace(/^\[|\]$/g, ''),
      port: this.#url.port,
      agent: this.#agent,
      headers: {
        accept: 'application/json',
        'user-agent': userAgent ?? 'hakobune',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
      ...(signal === undefined ? {} : { signal }),
      ...({ ca, cert, key, rejectUnauthorized: insecureSkipTlsVerify !== true } as object),
    };
  }
}

async function responseOf(request: ClientRequest, server: string): Promise<IncomingMessage> {
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw unavailable(`the API server at ${server} does not answer: ${message}`);
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw unavailable('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function errorOf(response: IncomingMessage, code: number): Promise<StatusError> {
  const text = await readText(response);
  try {
    const status = JSON.parse(text) as Status;
    if (status.kind === 'Status') return StatusError.from({ ...status, code: status.code ?? code });
  } catch (error) {
    if (isStatusError(error)) throw error;
    // Not JSON: a proxy's page, say. Its text is the message.
  }
  return new StatusError(code, '', text.slice(0, 1024) || `the server answered ${code}`);
}
