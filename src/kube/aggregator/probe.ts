import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Backend } from './forward.ts';

/** How long another server may take to say what it serves. */
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Gets a JSON document from a backend, as this server itself. Throws an Error that says what went wrong. */
export async function getJson(backend: Backend, path: string, accept = 'application/json'): Promise<unknown> {
  const request = process.getBuiltinModule('node:https').request({
    host: backend.host,
    port: backend.port,
    servername: backend.serverName,
    cert: backend.cert,
    key: backend.key,
    rejectUnauthorized: !backend.insecure,
    ...(backend.ca === undefined ? {} : { ca: backend.ca }),
    path,
    headers: { accept, 'x-remote-user': 'system:kube-aggregator', 'x-remote-group': 'system:masters' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`the answer of ${path} is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (response.statusCode !== 200) throw new Error(`bad status from ${path}: ${response.statusCode}`);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
