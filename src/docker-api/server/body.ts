import type { IncomingMessage } from 'node:http';
import { HakoError } from '#base';
import type { Shape } from '../schema/shape.ts';
import { ApiError } from './errors.ts';

/** More than any argument list and environment that the kernel would accept. */
const JSON_LIMIT_BYTES = 8 * 1024 * 1024;
/** What is read and thrown away after the limit, so that a client which only then looks for an answer finds it. */
const DRAIN_LIMIT_BYTES = 1024 * 1024 * 1024;

/** Reads a JSON body and decodes it; an empty body throws `invalid` unless `optional` is given. */
export async function readJson<T>(
  request: IncomingMessage,
  shape: Shape<T>,
  options: { optional?: T } = {},
): Promise<T> {
  const text = await readText(request);
  if (text.trim() === '') {
    if (options.optional !== undefined) return options.optional;
    throw new HakoError('invalid', 'invalid JSON: got EOF while reading request body');
  }
  requireJsonType(request.headers['content-type'] ?? '');
  return shape.decode(parse(text), '');
}

function requireJsonType(contentType: string): void {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return;
  const got = type === '' ? 'no Content-Type header' : `unsupported Content-Type header (${contentType})`;
  throw new HakoError('invalid', `${got}: must be 'application/json'`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'malformed';
    throw new HakoError('invalid', `invalid JSON: ${why.slice(0, 200)}`, { cause: error });
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= JSON_LIMIT_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (size > DRAIN_LIMIT_BYTES) break;
  }
  if (size > JSON_LIMIT_BYTES) {
    throw new ApiError(413, `request body too large: the limit is ${JSON_LIMIT_BYTES / 1024 / 1024} MiB`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
