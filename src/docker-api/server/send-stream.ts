import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from './exchange.ts';

/** Sends a stream as the answer. When either side fails the other is destroyed, and the client sees a broken answer. */
export async function sendStream(
  exchange: Exchange,
  source: Readable,
  contentType: string,
  headers: Record<string, string> = {},
): Promise<void> {
  exchange.startStream(contentType, headers);
  await pipeline(source, exchange.response, { signal: exchange.signal });
}
