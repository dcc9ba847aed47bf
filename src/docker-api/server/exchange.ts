import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Shape } from '../schema/shape.ts';
import { readJson } from './body.ts';
import { Query } from './query.ts';

/** A connection that a client asked to take over (`Upgrade: tcp`), with what came after the request already. */
export interface UpgradeOffer {
  socket: Duplex;
  head: Buffer;
}

/** One request and its answer. Handlers use this, never node's objects, except where a body is a stream. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: Query;
  readonly params: Readonly<Record<string, string>>;
  /** Minor number of the API version that the client speaks: 51 for 1.51. */
  readonly minor: number;
  readonly upgrade: UpgradeOffer | undefined;
  readonly #abort = new AbortController();
  #taken = false;

  constructor(init: {
    request: IncomingMessage;
    response: ServerResponse;
    path: string;
    search: string;
    params: Record<string, string>;
    minor: number;
    upgrade: UpgradeOffer | undefined;
  }) {
    this.request = init.request;
    this.response = init.response;
    this.path = init.path;
    this.query = new Query(init.search);
    this.params = init.params;
    this.minor = init.minor;
    this.upgrade = init.upgrade;
    // 'close' comes when the answer is complete and when the client goes away; aborting after the former harms nobody.
    init.response.on('close', () => this.abort());
    // What is written too late, after the end or to a client that is gone, must not end the daemon.
    init.response.on('error', () => this.abort());
  }

  /** Aborted when the client goes away. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  abort(): void {
    this.#abort.abort();
  }

  /** A path parameter of the route. */
  param(name: string): string {
    return this.params[name] ?? '';
  }

  /** The JSON body. Throws `invalid`, or 413 when it is too large. */
  body<T>(shape: Shape<T>, options: { optional?: T } = {}): Promise<T> {
    return readJson(this.request, shape, options);
  }

  /** Answers with a value. The content type is exactly this: Go clients compare it to the letter. */
  json(status: number, value: unknown): void {
    const body = Buffer.from(`${JSON.stringify(value)}\n`);
    this.response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
    this.response.end(this.request.method === 'HEAD' ? undefined : body);
  }

  empty(status: number): void {
    this.response.writeHead(status, status === 204 || status === 304 ? {} : { 'Content-Length': 0 });
    this.response.end();
  }

  /** Sends the headers of a streamed answer now, so that the client knows it is heard. */
  startStream(contentType: string, headers: Record<string, string> = {}): void {
    this.response.writeHead(200, { ...headers, 'Content-Type': contentType });
    this.response.flushHeaders();
  }

  /** Writes one piece of a streamed answer; resolves when the client can take more, or is gone. */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.signal.aborted || this.response.write(chunk)) return;
    try {
      await once(this.response, 'drain', { signal: this.signal });
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
  }

  end(): void {
    this.response.end();
  }

  /** True once an answer was begun, or the connection was taken over: too late for an error status. */
  get answered(): boolean {
    return this.#taken || this.response.headersSent;
  }

  /** Called by `hijack`: from here on the socket belongs to the handler. */
  markTaken(): void {
    this.#taken = true;
  }
}
