/** Clients that stall, or drip, in every part of a request: each is cut, and nobody else notices. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { digestOf, OCTETS, RegistryClient, withDigest } from '../testing/client.ts';
import { openOurs, type TestRegistry } from '../testing/registries.ts';

/** No idle limit: it would hide that the others work. Long enough that a busy machine makes no client of ours a slow one. */
const PATIENCE = { idleMs: 60_000, headersMs: 2_000, lookEveryMs: 1_000, leastBytes: 1_000 };

async function open(registry: TestRegistry, head: string): Promise<Socket> {
  const socket = connect(Number(new URL(registry.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(head);
  return socket;
}

/** Writes a byte every 20 ms for as long as the connection lasts; resolves with how long that was. */
async function drip(socket: Socket, byte: string): Promise<number> {
  const startedMs = performance.now();
  socket.resume();
  const timer = setInterval(() => socket.write(byte), 20);
  await once(socket, 'close');
  clearInterval(timer);
  return performance.now() - startedMs;
}

test('headers that come a byte at a time, or not at all, end the connection', async () => {
  await using registry = await openOurs({ patience: PATIENCE });
  await drip(await open(registry, 'GET /v2/ HTTP/1.1\r\nX-Slow: '), 'x');
  const silent = await open(registry, '');
  silent.resume();
  await once(silent, 'close');
});

test('a body that comes a byte at a time is cut, what came stays, and the upload can be gone on with', async () => {
  await using registry = await openOurs({ patience: PATIENCE });
  const client = new RegistryClient(registry.url);
  const location = await client.startUpload('a');
  const tookMs = await drip(
    await open(registry, `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n`),
    'x',
  );
  assert.ok(tookMs >= PATIENCE.lookEveryMs, `${tookMs} ms`);
  const state = await client.send('GET', location);
  const length = Number(state.headers.get('range')?.slice(2)) + 1;
  assert.ok(length > 1, String(length));
  const put = await client.send('PUT', withDigest(location, digestOf('x'.repeat(length))), { headers: OCTETS });
  assert.equal(put.status, 201);
});

test('a client that does not read its answer is cut', async () => {
  await using registry = await openOurs({ patience: PATIENCE });
  const client = new RegistryClient(registry.url);
  const bytes = randomBytes(30_000_000);
  await client.pushBlob('a', bytes);
  const socket = await open(registry, `GET /v2/a/blobs/${digestOf(bytes)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  socket.pause();
  const inFlight = async () => {
    const { body } = await client.send('GET', '/metrics');
    return Number(/^hako_registry_http_requests_in_flight (\d+)$/m.exec(body.toString())?.[1]);
  };
  while ((await inFlight()) === 1) await delay(5);
  while ((await inFlight()) > 1) await delay(20);
  const closed = once(socket, 'close');
  socket.resume();
  await closed;
  assert.ok(socket.bytesRead < bytes.length);
  assert.ok((await client.send('GET', `/v2/a/blobs/${digestOf(bytes)}`)).body.equals(bytes), 'others are served');
});

test('many slow clients at once hold up nobody, and a client that is slow but steady is borne with', async () => {
  await using registry = await openOurs({ patience: { ...PATIENCE, leastBytes: 10 } });
  const client = new RegistryClient(registry.url);
  const slow = await Promise.all(Array.from({ length: 300 }, () => open(registry, 'GET /v2/ HTTP/1.1\r\nX: ')));
  assert.equal((await client.pushImage('a', 'v1')).answer.status, 201);
  for (const socket of slow) socket.destroy();
  const location = await client.startUpload('a');
  const steady = await open(registry, `PATCH ${location} HTTP/1.1\r\nHost: x\r\nContent-Length: 1200\r\n\r\n`);
  const timer = setInterval(() => steady.write('x'.repeat(20)), 20);
  const [answer] = (await once(steady, 'data', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
  clearInterval(timer);
  steady.destroy();
  assert.match(answer.toString(), /^HTTP\/1\.1 202 /);
});
