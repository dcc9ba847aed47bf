/** One HTTP request and its answer, over node:http(s). Knows nothing of registries. */
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { HakoError } from '#base';
import type { Agents } from './agents.ts';
import { networkError } from './network-error.ts';

/** A body that can be sent again, for redirects and retries. */
export interface RequestBody {
  sizeBytes: number;
  open(): Readable;
}

export interface HttpRequest {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  body?: RequestBody;
  agents: Agents;
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  body: IncomingMessage;
  url: URL;
}

/** Silence for so long, in either direction, is a dead connection. */
const IDLE_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 20_000;

/**
 * Sends a request; resolves with the head of the answer, whatever its status. Throws `TransientError` where trying again may help,
 * `unavailable` where it cannot, `cancelled`.
 */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { url, signal } = request;
  if (signal?.aborted) throw new HakoError('cancelled', 'the transfer was cancelled', { cause: signal.reason });
  try {
    return await send(request);
  } catch (error) {
    if (signal?.aborted) throw new HakoError('cancelled', 'the transfer was cancelled', { cause: signal.reason });
    throw networkError(error, url, request.agents.proxyOf(url));
  }
}

function send({ method, url, headers, body, agents, signal }: HttpRequest): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const length = body === undefined ? bodilessLength(method) : { 'Content-Length': String(body.sizeBytes) };
  const agent = agents.of(url);
  const options = { method, headers: { ...headers, ...length }, agent, signal, timeout: IDLE_TIMEOUT_MS };
  const request = (url.protocol === 'https:' ? https : http).request(url, options);
  // A request that has no connection yet, as long as a proxy makes none, is destroyed without a word: it is given up here as well.
  const giveUp = (error: Error) => {
    reject(error);
    request.destroy(error);
  };
  const cancel = () => reject(signal?.reason);
  signal?.addEventListener('abort', cancel, { once: true });
  const late = setTimeout(() => giveUp(timedOut('it does not accept the connection', 'connect')), CONNECT_TIMEOUT_MS);
  request.on('socket', (socket) => {
    // Of a connection that is used again nobody will hear that event.
    if (!socket.connecting) clearTimeout(late);
    else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(late));
  });
  request.on('timeout', () => request.destroy(timedOut(`nothing came for ${IDLE_TIMEOUT_MS / 1000} seconds`, 'read')));
  request.on('error', reject);
  request.on('response', (answer) => {
    resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer, url });
  });
  if (body === undefined) request.end();
  else pipeline(body.open(), request, (error) => error && reject(error));
  return promise.finally(() => {
    clearTimeout(late);
    signal?.removeEventListener('abort', cancel);
  });
}

function bodilessLength(method: string): Record<string, string> {
  return method === 'GET' || method === 'HEAD' ? {} : { 'Content-Length': '0' };
}

function timedOut(why: string, syscall: string): Error {
  return Object.assign(new Error(why), { code: 'ETIMEDOUT', syscall });
}
