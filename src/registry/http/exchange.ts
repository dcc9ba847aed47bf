import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Access, EVERYBODY } from '../auth/authorizer.ts';
import type { RegistryError } from '../errors.ts';
import type { Route } from './route.ts';

type Headers = Record<string, string | number>;

/** One request and its answer. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  readonly #search: string;
  readonly #awaitsContinue: boolean;
  #query: URLSearchParams | undefined;
  access: Access = EVERYBODY;
  /** Bytes of the answer's body, for the access log. */
  sentBytes = 0;

  constructor(init: {
    request: IncomingMessage;
    response: ServerResponse;
    route: Route;
    search: string;
    awaitsContinue: boolean;
  }) {
    this.request = init.request;
    this.response = init.response;
    this.route = init.route;
    this.#search = init.search;
    this.#awaitsContinue = init.awaitsContinue;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }

  /** The registry that a mirror is asked for, as containerd writes it. */
  get namespace(): string | null {
    return this.#search === '' ? null : this.query.get('ns');
  }

  get isHead(): boolean {
    return this.request.method === 'HEAD';
  }

  /** A request header that may be given once. */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /**
   * The body as it comes in. Clients that asked whether to send it (Expect: 100-continue) are told now: not before they may. Who stops
   * reading early leaves the connection as it is, for the answer.
   */
  body(): AsyncIterable<Buffer> {
    if (this.#awaitsContinue) this.response.writeContinue();
    return this.request.iterator({ destroyOnReturn: false });
  }

  /** A whole body of at most `limitBytes`; throws `tooLarge` beyond. */
  async wholeBody(limitBytes: number, tooLarge: () => RegistryError): Promise<Buffer> {
    if (Number(this.header('content-length') ?? 0) > limitBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.body()) {
      length += chunk.length;
      if (length > limitBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  }

  /** Answers with these bytes (for HEAD, with their length). */
  send(status: number, headers: Headers, body: string | Buffer): void {
    const length = Buffer.byteLength(body);
    headers['Content-Length'] = length;
    this.response.writeHead(status, headers);
    this.response.end(this.isHead ? undefined : body);
    if (!this.isHead) this.sentBytes = length;
  }

  json(value: unknown, headers: Headers = {}): void {
    this.send(200, { 'Content-Type': 'application/json; charset=utf-8', ...headers }, `${JSON.stringify(value)}\n`);
  }

  empty(status: number, headers: Headers = {}): void {
    this.response.writeHead(status, status === 204 || status === 304 ? headers : { ...headers, 'Content-Length': 0 });
    this.response.end();
  }
}
