/** The Docker API as plain requests, for tests that must not depend on what a client makes of it. */
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the daemon answered; `body` is JSON where it is, else text. */
export interface Answer<T = unknown> {
  status: number;
  body: T;
  /** The message of an error answer; the whole text otherwise. */
  message: string;
}

export interface RequestOptions {
  /** A string or bytes are sent as they are, other values as JSON. */
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
}

/** Requests to one socket, each on a connection of its own. */
export class Api {
  readonly socketPath: string;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** Sends one request and reads the answer to its end. Rejects when the connection breaks. */
  async call<T = unknown>(method: string, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    const response = await this.open(method, path, options);
    const content = await text(response);
    const body = parse(content) as T;
    const { message } = (body ?? {}) as { message?: unknown };
    return { status: response.statusCode ?? 0, body, message: typeof message === 'string' ? message : content };
  }

  /** Like `call`; throws for an error status, answers the body. */
  async ok<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, body === undefined ? {} : { body });
    if (answer.status < 400) return answer.body;
    throw new Error(`${method} ${path} was answered with ${answer.status}: ${answer.message}`);
  }

  /** Resolves with the head of the answer; the caller reads or destroys it. */
  open(method: string, path: string, { body, contentType, signal }: RequestOptions = {}): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const headers = body === undefined ? {} : { 'Content-Type': contentType ?? 'application/json' };
    const outgoing = request({
      socketPath: this.socketPath,
      method,
      path,
      headers,
      agent: false,
      ...(signal ? { signal } : {}),
    });
    outgoing.on('response', resolve).on('error', reject);
    outgoing.end(body === undefined || isRaw ? body : JSON.stringify(body));
    return promise;
  }
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}
