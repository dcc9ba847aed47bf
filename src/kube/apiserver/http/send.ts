import type { ServerResponse } from 'node:http';
import { nextTurn } from '../turns.ts';
import type { Pieces } from './list-pieces.ts';
import { MIN_GZIP_BYTES, wantsGzip } from './negotiate.ts';
import type { Rendered } from './render.ts';

/** Bytes that a response may hold before the next piece of a list is made. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** How long a list may hold the event loop before others have their turn. */
const TURN_MS = 3;

/** Sends an answer. Lists go in pieces, as fast as the client takes them; others in one write, and nobody has to wait for it. */
export function send(response: ServerResponse, { code, contentType, body, headers }: Rendered): void | Promise<void> {
  response.statusCode = code;
  response.setHeader('content-type', contentType);
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
  const mayBeLong = !isWhole || body.length >= MIN_GZIP_BYTES;
  // Documents come with headers of their own, such as the tag of just these bytes.
  if (mayBeLong && code === 200 && headers === undefined && wantsGzip(response.req)) return compressed(response, body);
  if (!isWhole) return sendPieces(response, body);
  const length = Buffer.byteLength(body);
  response.setHeader('content-length', length);
  response.end(body, length === body.length ? 'latin1' : 'utf8');
}

async function compressed(response: ServerResponse, body: Rendered['body']): Promise<void> {
  const { sendGzipped } = await import('./compress.ts');
  await sendGzipped(response, body);
}

async function sendPieces(response: ServerResponse, pieces: Pieces): Promise<void> {
  let turnEndMs = performance.now() + TURN_MS;
  for (const piece of pieces) {
    if (piece.length > 0) write(response, piece);
    if (response.writableLength >= HIGH_WATER_BYTES) await drained(response);
    else if (performance.now() < turnEndMs) continue;
    else await nextTurn();
    // Nobody waits for the rest.
    if (response.destroyed) return;
    turnEndMs = performance.now() + TURN_MS;
  }
  response.end();
}

function write(response: ServerResponse, piece: string | Buffer): void {
  if (typeof piece === 'string') response.write(piece, encodingOf(piece));
  else response.write(piece);
}

/** Text of ASCII alone is the same bytes in both, and takes less to be written as latin1. */
function encodingOf(body: string): 'latin1' | 'utf8' {
  return Buffer.byteLength(body) === body.length ? 'latin1' : 'utf8';
}

/** Resolves when the client has taken what was written, or is gone. */
async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (response.destroyed) resolve();
  response.once('drain', resolve);
  response.once('close', resolve);
  await promise;
  response.off('drain', resolve);
  response.off('close', resolve);
}
