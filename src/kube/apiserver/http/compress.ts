import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzip } from 'node:zlib';
import { nextTurn } from '../turns.ts';
import type { Pieces } from './list-pieces.ts';
import { MIN_GZIP_BYTES } from './negotiate.ts';

/** The quickest: what others save in bytes they cost in time. */
const OPTIONS = { level: 1, chunkSize: 64 * 1024 };
/** How long pieces may be made before others have their turn. */
const TURN_MS = 3;

/** Sends a body compressed, outside of the event loop; one that turns out to be short as it is. */
export async function sendGzipped(response: ServerResponse, body: string | Buffer | Pieces): Promise<void> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    markGzipped(response);
    endWith(response, await gzipped(body));
    return;
  }
  const pieces = body[Symbol.iterator]();
  const { first, isAll } = await begin(pieces);
  if (isAll) {
    endWith(response, Buffer.concat(first));
    return;
  }
  markGzipped(response);
  try {
    await pipeline(inTurns(first, pieces), createGzip(OPTIONS), response);
  } catch (error) {
    // That a client goes away is no fault of ours; whoever has an error of its own says so.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function markGzipped(response: ServerResponse): void {
  response.setHeader('content-encoding', 'gzip');
  response.setHeader('vary', 'Accept-Encoding');
}

function endWith(response: ServerResponse, bytes: Buffer): void {
  response.setHeader('content-length', bytes.length);
  response.end(bytes);
}

function gzipped(body: string | Buffer): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  gzip(body, OPTIONS, (error, result) => (error === null ? resolve(result) : reject(error)));
  return promise;
}

/** The first pieces, until they are worth to be compressed. */
async function begin(pieces: Iterator<string | Buffer>): Promise<{ first: Buffer[]; isAll: boolean }> {
  const first: Buffer[] = [];
  let bytes = 0;
  let turnEndMs = performance.now() + TURN_MS;
  while (bytes < MIN_GZIP_BYTES) {
    const { value, done } = pieces.next();
    if (done === true) return { first, isAll: true };
    first.push(Buffer.from(value));
    bytes += value.length;
    if (performance.now() < turnEndMs) continue;
    await nextTurn();
    turnEndMs = performance.now() + TURN_MS;
  }
  return { first, isAll: false };
}

async function* inTurns(first: readonly Buffer[], rest: Iterator<string | Buffer>): AsyncIterable<Buffer> {
  try {
    yield Buffer.concat(first);
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      if (next.value.length > 0) yield Buffer.from(next.value);
      else await nextTurn();
    }
  } finally {
    rest.return?.();
  }
}
