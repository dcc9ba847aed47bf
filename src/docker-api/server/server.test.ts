import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { createDockerApi } from '../api.ts';
import { post, RawClient } from '../testing/raw-client.ts';
import { serveFake } from '../testing/serve-fake.ts';

test('the socket is for its owner and group only, and versions are negotiated', async () => {
  await using server = await serveFake();
  assert.equal(statSync(server.socketPath).mode & 0o777, 0o660);
  const ping = await server.call('GET', '/_ping');
  assert.deepEqual([ping.status, ping.text], [200, 'OK']);
  assert.equal(ping.headers['api-version'], '1.51');
  assert.equal(ping.headers.ostype, 'linux');
  assert.match(String(ping.headers.server), /^Hakobune\/.* \(linux\)$/);
  assert.equal((await server.call('HEAD', '/v1.24/_ping')).text, '');
  const old = await server.call('GET', '/v1.23/containers/json');
  assert.equal(old.status, 400);
  assert.match(old.text, /client version 1.23 is too old. Minimum supported API version is 1.24/);
  assert.match((await server.call('GET', '/v1.52/info')).text, /client version 1.52 is too new/);
});

test('unknown pages, wrong methods and swarm answer as docker does', async () => {
  await using server = await serveFake();
  for (const [method, path] of [
    ['GET', '/nope'],
    ['POST', '/v1.51/_ping'],
    ['GET', '/'],
  ] as const) {
    const answer = await server.call(method, path);
    assert.deepEqual([answer.status, answer.text], [404, '{"message":"page not found"}\n']);
    assert.equal(answer.headers['content-type'], 'application/json');
  }
  assert.equal((await server.call('GET', '/v1.51/nodes')).status, 503);
  assert.equal((await server.call('POST', '/v1.51/swarm/init', {})).status, 503);
});

test('bodies that are malformed, mistyped or mislabelled are refused with 400', async () => {
  await using server = await serveFake();
  const create = (body: unknown) => server.call('POST', '/containers/create', body);
  assert.match((await create('{"Image":')).text, /invalid JSON/);
  assert.match((await create('')).text, /got EOF/);
  assert.match((await create('[1]')).text, /the body must be an object, not array/);
  assert.match(
    (await create({ Image: 'busybox', HostConfig: { Memory: '1g' } })).text,
    /HostConfig.Memory must be an integer/,
  );
  assert.match((await create({ Image: 'busybox', HostConfig: { Memory: 1.5 } })).text, /must be an integer/);
  assert.match((await create({ Env: 'A=b' })).text, /Env must be an array/);
  using client = await RawClient.open(server.socketPath);
  client.write('POST /containers/create HTTP/1.1\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\n{}');
  const answer = await client.until((text) => text.includes('}'));
  assert.match(answer, /^HTTP\/1.1 400/);
  assert.match(answer, /must be 'application\/json'/);
});

test('Go rules of JSON hold: null is absent, unknown is ignored, case does not matter', async () => {
  await using server = await serveFake();
  const body = { image: 'busybox', cmd: 'cat', HostConfig: null, Bogus: 1, __proto__: { x: 1 }, Labels: { a: 'b' } };
  const { status, text } = await server.call('POST', '/containers/create?name=x', body);
  assert.equal(status, 201, text);
  const inspected = JSON.parse((await server.call('GET', '/containers/x/json')).text);
  assert.deepEqual(inspected.Config.Cmd, ['cat']);
  assert.equal(inspected.HostConfig.NetworkMode, 'bridge');
  assert.equal(inspected.Name, '/x');
});

test('a body of 100 MB is refused with 413 and not kept in memory', async () => {
  await using server = await serveFake();
  const before = process.memoryUsage().rss;
  using client = await RawClient.open(server.socketPath);
  const size = 100 * 1024 * 1024;
  client.write(`POST /containers/create HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${size}\r\n\r\n`);
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  for (let sent = 0; sent < size; sent += chunk.length) {
    if (!client.socket.write(chunk)) await new Promise((resolve) => client.socket.once('drain', resolve));
  }
  assert.match(await client.until((text) => text.includes('}')), /^HTTP\/1.1 413[\s\S]*too large/);
  assert.ok(process.memoryUsage().rss - before < 80 * 1024 * 1024);
});

test('what is not HTTP gets a JSON error and the end', async () => {
  await using server = await serveFake();
  using client = await RawClient.open(server.socketPath);
  client.write('\x16\x03\x01 hello\r\n\r\n');
  assert.match(await client.rest(), /^HTTP\/1.1 400[\s\S]*malformed HTTP request/);
});

test('a stale socket is replaced, a living one and a file are not', async () => {
  await using server = await serveFake();
  const { engine, socketPath } = server;
  const other = createDockerApi({ engine });
  await assert.rejects(other.listen(socketPath), { code: 'conflict', message: /another daemon/ });
  writeFileSync(`${socketPath}.file`, '');
  await assert.rejects(other.listen(`${socketPath}.file`), { code: 'conflict', message: /no socket/ });
  await using door = await other.listen({ host: '127.0.0.1', port: 0 });
  assert.ok(typeof door.address === 'object' && door.address.port > 0);
});

test('keep-alive serves several requests on one connection, also after an error', async () => {
  await using server = await serveFake();
  using client = await RawClient.open(server.socketPath);
  client.write(post('/containers/create', { Image: 'nope' }));
  await client.until((text) => text.includes('No such image'));
  client.write('GET /_ping HTTP/1.1\r\n\r\n');
  assert.match(await client.until((text) => text.endsWith('OK')), /404[\s\S]*200 OK/);
});
