import type { ServerResponse } from 'node:http';
import type { Rendered } from './render.ts';

/** Bytes that a response may hold before the next piece of a list is made. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** Sends an answer. Lists go in pieces, as fast as the client takes them; others in one write. */
export async function send(response: ServerResponse, { code, contentType, body, headers }: Rendered): Promise<void> {
  response.statusCode = code;
  response.setHeader('content-type', contentType);
  for (const name of Object.keys(headers ?? {})) response.setHeader(name, headers?.[name] ?? '');
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.setHeader('content-length', Buffer.byteLength(body));
    response.end(body, encodingOf(body));
    return;
  }
  for (const piece of body) {
    response.write(piece, encodingOf(piece));
    if (response.writableLength < HIGH_WATER_BYTES) continue;
    if (response.destroyed) return;
    await drained(response);
    if (response.destroyed) return;
  }
  response.end();
}

/** Text of ASCII alone is the same bytes in both, and takes less to be written as latin1. */
function encodingOf(body: string | Buffer): 'latin1' | 'utf8' {
  return Buffer.byteLength(body) === body.length ? 'latin1' : 'utf8';
}

/** Resolves when the client has taken what was written, or is gone. */
async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('drain', resolve);
  response.once('close', resolve);
  await promise;
  response.off('drain', resolve);
  response.off('close', resolve);
}
