import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Backend } from './forward.ts';

/** How long another server may take to say what it serves. */
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** A document with what tells it from the next one; without a value it is still the one with the ETag that was given. */
export interface Document {
  readonly value?: unknown;
  readonly etag: string | undefined;
}

/** Gets a JSON document from a backend, as this server itself. Throws an Error that says what went wrong. */
export async function getJson(backend: Backend, path: string): Promise<unknown> {
  const response = await get(backend, path);
  if (response.statusCode === 200) return read(response, path);
  response.destroy();
  throw new Error(`bad status from ${path}: ${response.statusCode}`);
}

/** Gets a JSON document unless it is the one that is known already; undefined where the backend has none. */
export async function getDocument(backend: Backend, path: string, etag?: string): Promise<Document | undefined> {
  const response = await get(backend, path, etag);
  if (response.statusCode === 200) return { value: await read(response, path), etag: response.headers.etag };
  response.destroy();
  return response.statusCode === 304 ? { etag } : undefined;
}

async function get(backend: Backend, path: string, etag?: string): Promise<IncomingMessage> {
  const request = process.getBuiltinModule('node:https').request({
    host: backend.host,
    port: backend.port,
    servername: backend.serverName,
    cert: backend.cert,
    key: backend.key,
    rejectUnauthorized: !backend.insecure,
    ...(backend.ca === undefined ? {} : { ca: backend.ca }),
    path,
    headers: {
      accept: 'application/json',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      'x-remote-user': 'system:kube-aggregator',
      'x-remote-group': 'system:masters',
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function read(response: IncomingMessage, path: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`the answer of ${path} is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
