/**
 * HTTP/1.1 (RFC 9112) as a client of the daemon needs it, over a socket of our own. node:http would make each
 * start of the command line about 8 ms slower (12 ms over a bare Node for one request, against 4), and hide the socket.
 */
import { CliError } from '../errors.ts';
import type { Connection } from './connection.ts';

export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; of repeated headers the last. */
  readonly headers: ReadonlyMap<string, string>;
}

/** A head that is larger is no answer of a daemon. */
const MAX_HEAD_BYTES = 256 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads the next final answer's head (1xx but 101 are skipped); undefined when the connection ended before any byte. */
export async function readHead(connection: Connection): Promise<ResponseHead | undefined> {
  for (;;) {
    const text = await readHeadText(connection);
    if (text === undefined) return undefined;
    const head = parseHead(text);
    if (head.status >= 200 || head.status === 101) return head;
  }
}

async function readHeadText(connection: Connection): Promise<string | undefined> {
  let bytes: Buffer | undefined;
  for (;;) {
    const chunk = await connection.read();
    if (chunk === undefined) {
      if (bytes === undefined) return undefined;
      throw new CliError('the daemon closed the connection in the middle of its answer');
    }
    bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 && bytes.length > MAX_HEAD_BYTES) throw new CliError('what answers there does not speak HTTP');
    if (end < 0) continue;
    connection.unread(bytes.subarray(end + HEAD_END.length));
    return bytes.toString('latin1', 0, end);
  }
}

function parseHead(text: string): ResponseHead {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1];
  if (status === undefined) throw new CliError('what answers there does not speak HTTP');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}

/** The body that belongs to `head`. Read to its end it leaves the connection ready for the next request. */
export function readBody(connection: Connection, head: ResponseHead, method: string): AsyncGenerator<Buffer> {
  const bodiless = method === 'HEAD' || head.status === 204 || head.status === 304;
  if (bodiless) return exactly(connection, 0);
  if (/chunked/i.test(head.headers.get('transfer-encoding') ?? '')) return chunked(connection);
  const length = head.headers.get('content-length');
  return length === undefined ? untilEnd(connection) : exactly(connection, Number(length));
}

/** True when the connection can carry another request after this answer. */
export function keepsAlive(head: ResponseHead, method: string): boolean {
  if (/close/i.test(head.headers.get('connection') ?? '') || head.status === 101) return false;
  const framed = head.headers.has('content-length') || head.headers.has('transfer-encoding');
  return framed || method === 'HEAD' || head.status === 204 || head.status === 304;
}

async function* exactly(connection: Connection, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const chunk = await connection.read();
    if (chunk === undefined) throw new CliError('the daemon closed the connection in the middle of its answer');
    connection.unread(chunk.subarray(left));
    yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

async function* untilEnd(connection: Connection): AsyncGenerator<Buffer> {
  for (let chunk = await connection.read(); chunk !== undefined; chunk = await connection.read()) yield chunk;
}

/** RFC 9112, section 7.1; trailers are read over. */
async function* chunked(connection: Connection): AsyncGenerator<Buffer> {
  for (;;) {
    const size = Number.parseInt(await readLine(connection), 16);
    if (!Number.isFinite(size)) throw new CliError('the answer of the daemon is malformed: bad chunk size');
    if (size === 0) break;
    yield* exactly(connection, size);
    await readLine(connection);
  }
  while ((await readLine(connection)) !== '');
}

async function readLine(connection: Connection): Promise<string> {
  let bytes: Buffer = Buffer.alloc(0);
  for (;;) {
    const chunk = await connection.read();
    if (chunk === undefined) throw new CliError('the daemon closed the connection in the middle of its answer');
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(10);
    if (end < 0) continue;
    connection.unread(bytes.subarray(end + 1));
    return bytes.toString('latin1', 0, end).trimEnd();
  }
}
