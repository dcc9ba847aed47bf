/** The guestbook's web process: keeps entries in the store, finds it by name, and says which container answered. */
import http from 'node:http';
import os from 'node:os';
import { redis } from './redis.ts';

const STORE = process.env.STORE ?? 'store';
const LIST = 'guestbook';
const MAX_BODY_BYTES = 16 * 1024;

async function readForm(request: http.IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`an entry has at most ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

async function answer(request: http.IncomingMessage): Promise<{ status: number; text: string }> {
  if (request.url === '/health') return { status: 200, text: `${await redis(STORE, 'PING')}\n` };
  if (request.method === 'POST') {
    const form = await readForm(request);
    const entry = `${form.get('name') ?? 'somebody'}: ${form.get('text') ?? ''}`;
    await redis(STORE, 'LPUSH', LIST, entry);
    return { status: 201, text: `${entry}\n` };
  }
  const entries = await redis(STORE, 'LRANGE', LIST, '0', '99');
  const lines = Array.isArray(entries) ? entries : [];
  return { status: 200, text: `guestbook on ${os.hostname()}, ${lines.length} entries\n${lines.join('\n')}\n` };
}

const server = http.createServer((request, response) => {
  answer(request).then(
    ({ status, text }) => response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text),
    (error: Error) => response.writeHead(503, { 'content-type': 'text/plain' }).end(`${error.message}\n`),
  );
});
server.listen(8080, () => process.stdout.write(`guestbook listens on 8080, its store is ${STORE}\n`));
// As process 1 nothing happens on SIGTERM by default.
process.on('SIGTERM', () => server.close(() => process.exit(0)));
