/** The Docker Engine API as commands use it: requests, JSON, streams, hijacked connections, errors. */
import { ApiError, CliError } from '../errors.ts';
import { Connection } from './connection.ts';
import type { HostAddress } from './host.ts';
import { keepsAlive, type ResponseHead, readBody, readHead } from './http.ts';

/**
 * A path of the API, with every value encoded so that no name can leave its place: path`/containers/${name}/json`.
 * `/`, `:` and `@` stay, as names of images have them. Throws CliError for an empty name.
 */
export function path(literals: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: literals }, ...values.map(encodeName));
}

/** The path of a container's endpoint; a leading slash, as old names have it, is dropped. */
export function containerPath(reference: string, verb: string): string {
  return path`/containers/${reference.replace(/^\//, '')}` + verb;
}

function encodeName(name: string): string {
  if (name === '' || name.split('/').includes('..')) throw new CliError(`"${name}" is no name or id`);
  return encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

export type QueryValue = string | number | boolean | undefined;

export interface RequestOptions {
  query?: Readonly<Record<string, QueryValue>>;
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it comes, chunked; `application/x-tar` unless a header says otherwise. */
  stream?: AsyncIterable<Uint8Array>;
  /** Ends the request: the connection closes and the answer's iteration stops. */
  signal?: AbortSignal;
}

export interface ApiResponse extends ResponseHead {
  body: AsyncIterable<Buffer>;
  text(): Promise<string>;
}

/** A connection that left HTTP behind: raw bytes both ways. */
export interface Hijacked extends ResponseHead {
  connection: Connection;
}

/** A client of one daemon. Connections are kept and used again; requests at the same time use one each. */
export class ApiClient {
  readonly address: HostAddress;
  readonly #idle: Connection[] = [];

  constructor(address: HostAddress) {
    this.address = address;
  }

  /** Opens a connection for the request that will follow, so that it is ready by then. */
  preconnect(): void {
    this.#idle.push(new Connection(this.address));
  }

  /** Sends a request; resolves with the answer's head. Throws ApiError for statuses from 400. */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<ApiResponse> {
    const { connection, head } = await this.#send(method, path, options);
    const body = this.#body(connection, head, method);
    if (head.status < 400) return { ...head, body, text: () => collect(body) };
    throw new ApiError(head.status, errorText(await collect(body), head.status));
  }

  /** The JSON answer of a request; undefined when it is empty. Its shape is what the API documents: `T` is trusted. */
  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.request(method, path, options);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** GET as JSON. */
  get<T>(path: string, query: RequestOptions['query'] = {}): Promise<T> {
    return this.json('GET', path, { query });
  }

  /** POST as JSON. */
  post<T>(path: string, query: RequestOptions['query'] = {}, json?: unknown): Promise<T> {
    return this.json('POST', path, { query, json });
  }

  /** DELETE; the answer as JSON. */
  delete<T>(path: string, query: RequestOptions['query'] = {}): Promise<T> {
    return this.json('DELETE', path, { query });
  }

  /** Takes the connection over after the answer's head (`Upgrade: tcp`). */
  async hijack(path: string, options: RequestOptions = {}): Promise<Hijacked> {
    const headers = { Connection: 'Upgrade', Upgrade: 'tcp', ...options.headers };
    const { connection, head } = await this.#send('POST', path, { ...options, headers });
    if (head.status < 400) return { ...head, connection };
    throw new ApiError(head.status, errorText(await collect(this.#body(connection, head, 'POST')), head.status));
  }

  async #send(method: string, path: string, options: RequestOptions) {
    for (;;) {
      const connection = this.#connection();
      const close = () => connection.close();
      options.signal?.addEventListener('abort', close, { once: true });
      send(connection, method, path, options).catch((error: Error) => connection.fail(error));
      const head = await readHead(connection);
      if (head !== undefined) return { connection, head };
      // The daemon closes idle connections; only what changes nothing may be sent twice.
      if (connection.reused && method === 'GET' && options.signal?.aborted !== true) continue;
      throw new CliError(`the daemon on ${this.address.text} closed the connection without an answer`);
    }
  }

  #connection(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isOpen) return idle;
    return new Connection(this.address);
  }

  async *#body(connection: Connection, head: ResponseHead, method: string): AsyncGenerator<Buffer> {
    let complete = false;
    try {
      yield* readBody(connection, head, method);
      complete = keepsAlive(head, method);
    } finally {
      connection.reused = true;
      if (complete) this.#idle.push(connection);
      else connection.close();
    }
  }
}

/** Writes head and body. A daemon that answers early (an error) may stop reading: that is no failure of ours. */
async function send(connection: Connection, method: string, path: string, options: RequestOptions): Promise<void> {
  const body = options.json === undefined ? '' : JSON.stringify(options.json);
  const headers: Record<string, string> = { Host: 'hako', 'User-Agent': 'hako', ...options.headers };
  if (options.stream !== undefined) {
    headers['Content-Type'] ??= 'application/x-tar';
    headers['Transfer-Encoding'] = 'chunked';
  } else if (method !== 'GET' && method !== 'HEAD') {
    if (body !== '') headers['Content-Type'] ??= 'application/json';
    headers['Content-Length'] = String(Buffer.byteLength(body));
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.write(`${method} ${path}${queryText(options.query)} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  if (options.stream !== undefined) await sendChunks(connection, options.stream);
}

async function sendChunks(connection: Connection, stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of stream) {
    if (chunk.length === 0) continue;
    if (connection.socket.destroyed) return;
    connection.socket.cork();
    connection.write(`${chunk.length.toString(16)}\r\n`);
    connection.write(chunk);
    const drained = connection.write('\r\n');
    connection.socket.uncork();
    await drained;
  }
  connection.write('0\r\n\r\n');
}

function queryText(query: RequestOptions['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  if (pairs.length === 0) return '';
  return `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}

async function collect(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** The daemon's `{"message"}`, or whatever text came. */
function errorText(text: string, status: number): string {
  try {
    const { message } = JSON.parse(text) as { message?: string };
    if (typeof message === 'string') return message;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.trim() === '' ? `the daemon answered with status ${status}` : text.trim();
}
