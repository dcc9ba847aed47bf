/** A client of the Docker API on a unix socket, the same for every engine: node:http with connections kept open. */
import { Agent, type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** Understood by every engine that is measured. */
const API_VERSION = 'v1.40';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export class ApiClient implements Disposable {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Sends a request; `body` goes as JSON, or as a tar archive when it is bytes. Any status is an answer. */
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const options = this.#options(method, path, body);
    const sent = request({ ...options, headers: { ...options.headers, ...headers } });
    const response = await answerOf(sent, body);
    return { status: response.statusCode ?? 0, body: await buffer(response) };
  }

  /** Sends a request and reads JSON; throws for a status from 400. */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send(method, path, body);
    const text = answer.body.toString();
    if (answer.status >= 400) throw new Error(`${method} ${path} answered ${answer.status}: ${text.trim()}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Sends a request that turns the connection into a stream, and reads it to its end. */
  async hijack(path: string, body: unknown): Promise<Buffer> {
    const options = this.#options('POST', path, body);
    const headers = { ...options.headers, Connection: 'Upgrade', Upgrade: 'tcp' };
    const sent = request({ ...options, headers, agent: false });
    return buffer(await streamOf(sent, body));
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #options(method: string, path: string, body: unknown): RequestOptions {
    const type = body instanceof Uint8Array ? 'application/x-tar' : 'application/json';
    const headers = body === undefined ? { 'Content-Length': 0 } : { 'Content-Type': type };
    return { socketPath: this.#socketPath, agent: this.#agent, method, path: `/${API_VERSION}${path}`, headers };
  }
}

function answerOf(sent: ClientRequest, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
    finish(sent, body);
  });
}

/** The stream of a hijacked connection: after 101 the socket itself, after 200 the body. */
function streamOf(sent: ClientRequest, body: unknown): Promise<Readable> {
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('upgrade', (_response, socket, head) => {
      socket.unshift(head);
      resolve(socket);
    });
    sent.once('response', (response) => {
      if ((response.statusCode ?? 0) < 400) return resolve(response);
      reject(new Error(`${sent.path} answered ${response.statusCode}`));
    });
    finish(sent, body);
  });
}

function finish(sent: ClientRequest, body: unknown): void {
  if (body === undefined) sent.end();
  else sent.end(body instanceof Uint8Array ? body : JSON.stringify(body));
}
