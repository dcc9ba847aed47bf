import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge, unsupportedMediaType } from '#kube/api';

/** The largest body, as upstream's default. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** Reads a whole body; a 413 for what is too large, before it is in memory. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > MAX_BODY_BYTES) throw bodyTooLarge();
  const bytes = await collect(request);
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return bytes;
  if (encoding !== 'gzip') throw unsupportedMediaType(['gzip', 'identity']);
  return inflate(bytes);
}

function collect(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) {
      request.pause();
      reject(bodyTooLarge());
    } else chunks.push(chunk);
  });
  request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
  const gone = (cause?: unknown) => reject(badRequest('the client went away before its request was complete', cause));
  request.on('error', gone);
  request.on('close', () => {
    if (!request.complete) gone();
  });
  return promise;
}

async function inflate(bytes: Buffer): Promise<Buffer> {
  const { gunzip } = await import('node:zlib');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  gunzip(bytes, { maxOutputLength: MAX_BODY_BYTES }, (error, result) => {
    if (error === null) resolve(result);
    else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') reject(bodyTooLarge());
    else reject(badRequest(`the body is not gzip: ${error.message}`, error));
  });
  return promise;
}

function bodyTooLarge(): Error {
  return tooLarge(`Request entity too large: limit is ${MAX_BODY_BYTES}`);
}
