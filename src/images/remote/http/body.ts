import { HakoError } from '#base';
import type { HttpAnswer } from './exchange.ts';
import { networkError } from './network-error.ts';

/** What of an unwanted body is read, so that the connection can be used again. */
const DISCARD_BYTES = 64 * 1024;

/** Reads a body that must not be larger; throws `invalid` where it is, `TransientError` where it breaks off. */
export async function readBounded(answer: HttpAnswer, maxBytes: number, what: string): Promise<Buffer> {
  if (Number(answer.headers['content-length'] ?? 0) > maxBytes) {
    answer.body.destroy();
    throw tooLarge(what, maxBytes);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(answer)) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(what, maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(what: string, maxBytes: number): HakoError {
  return new HakoError('invalid', `${what} has more than ${maxBytes} bytes: refused`);
}

/** The chunks of a body; a connection that breaks throws `TransientError`. */
export async function* chunksOf(answer: HttpAnswer): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer.body) yield chunk as Buffer;
  } catch (error) {
    throw networkError(error, answer.url);
  }
}

/** The beginning of a body as text, for messages. Never throws: a message without it is still a message. */
export async function readStart(answer: HttpAnswer, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size >= maxBytes) break;
    }
  } catch {
    // What came until the connection broke is enough.
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
}

/** Gets rid of a body; a short one is read, so that the connection stays. */
export async function discard(answer: HttpAnswer): Promise<void> {
  await readStart(answer, DISCARD_BYTES);
}
