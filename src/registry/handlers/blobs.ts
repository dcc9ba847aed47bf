import { errnoCode } from '#base';
import type { StoredBlob } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { type ByteRange, parseRange } from '../http/range.ts';
import { sendFile } from '../http/send-file.ts';
import { checkDigest } from '../names.ts';
import type { RegistryParts } from './handler.ts';

/** A blob never changes. */
const CACHE_CONTROL = 'max-age=31536000';

/** GET and HEAD /v2/<name>/blobs/<digest> (end-2). */
export async function getBlob({ storage }: RegistryParts, exchange: Exchange): Promise<void> {
  const { repository, reference } = exchange.route;
  const blob = await storage.blob(repository, checkDigest(reference));
  if (blob === undefined) throw unknownBlob(reference);
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': blob.digest,
    ETag: `"${blob.digest}"`,
    'Accept-Ranges': 'bytes',
    'Cache-Control': CACHE_CONTROL,
  };
  if (exchange.header('if-none-match') === headers.ETag) return exchange.empty(304, headers);
  const range = rangeOf(exchange, blob, headers.ETag);
  if (exchange.isHead) return sendHead(exchange, headers, range ?? { start: 0, end: blob.sizeBytes });
  await sendBlob(exchange, blob, headers, range);
}

function sendHead(exchange: Exchange, headers: Record<string, string>, { start, end }: ByteRange): void {
  exchange.response.writeHead(200, { ...headers, 'Content-Length': end - start });
  exchange.response.end();
}

function rangeOf(exchange: Exchange, blob: StoredBlob, etag: string): ByteRange | undefined {
  const condition = exchange.header('if-range');
  if (exchange.isHead || (condition !== undefined && condition !== etag)) return undefined;
  const range = parseRange(exchange.header('range'), blob.sizeBytes);
  if (range !== 'unsatisfiable') return range;
  throw new RegistryError('RANGE_INVALID', `the blob has ${blob.sizeBytes} bytes`, {
    headers: { 'Content-Range': `bytes */${blob.sizeBytes}` },
  });
}

async function sendBlob(
  exchange: Exchange,
  blob: StoredBlob,
  headers: Record<string, string>,
  range: ByteRange | undefined,
): Promise<void> {
  const { start, end } = range ?? { start: 0, end: blob.sizeBytes };
  await using file = await openBlob(blob);
  exchange.response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'Content-Length': end - start,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${blob.sizeBytes}` }),
  });
  await sendFile(exchange.response, file, { start, end }, blob.arrived);
  exchange.sentBytes = end - start;
}

async function openBlob(blob: StoredBlob) {
  try {
    return await blob.open();
  } catch (cause) {
    if (errnoCode(cause) !== 'ENOENT') throw cause;
    throw unknownBlob(blob.digest);
  }
}

/** DELETE /v2/<name>/blobs/<digest> (end-10). */
export function deleteBlob({ storage }: RegistryParts, exchange: Exchange): void {
  const { repository, reference } = exchange.route;
  if (!storage.deleteBlob(repository, checkDigest(reference))) throw unknownBlob(reference);
  exchange.empty(202);
}

function unknownBlob(digest: string): RegistryError {
  return new RegistryError('BLOB_UNKNOWN', 'the repository has no such blob', { detail: { digest } });
}
