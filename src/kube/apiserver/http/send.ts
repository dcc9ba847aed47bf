import { once } from 'node:events';
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
    response.end(body);
    return;
  }
  for (const piece of body) {
    response.write(piece);
    if (response.writableLength < HIGH_WATER_BYTES) continue;
    if (response.destroyed) return;
    await Promise.race([once(response, 'drain'), once(response, 'close')]);
    if (response.destroyed) return;
  }
  response.end();
}
