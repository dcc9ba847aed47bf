import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { post, RawClient, UPGRADE } from '../testing/raw-client.ts';
import { type FakeServer, serveFake } from '../testing/serve-fake.ts';

async function create(server: FakeServer, config: object): Promise<string> {
  const { status, text } = await server.call('POST', '/containers/create', { Image: 'busybox', ...config });
  assert.equal(status, 201, text);
  return JSON.parse(text).Id;
}

const attachPath = (id: string, version = 'v1.51') =>
  `/${version}/containers/${id}/attach?stream=1&stdin=1&stdout=1&stderr=1`;

test('attach answers 101 before start, then multiplexed frames', async () => {
  await using server = await serveFake();
  const id = await create(server, { Cmd: ['echo', 'hello'] });
  using client = await RawClient.open(server.socketPath);
  client.write(post(attachPath(id), undefined, UPGRADE));
  const head = await client.until((text) => text.includes('\r\n\r\n'));
  assert.match(head, /^HTTP\/1.1 101 UPGRADED\r\nContent-Type: application\/vnd.docker.multiplexed-stream\r\n/);
  await server.call('POST', `/containers/${id}/start`);
  const all = await client.rest();
  const body = Buffer.from(all.slice(all.indexOf('\r\n\r\n') + 4), 'latin1');
  assert.deepEqual([...body.subarray(0, 8)], [1, 0, 0, 0, 0, 0, 0, 6]);
  assert.equal(body.subarray(8, 14).toString(), 'hello\n');
  assert.deepEqual([...body.subarray(14, 22)], [2, 0, 0, 0, 0, 0, 0, 4]);
});

test('before 1.42, and with a TTY, the content type is the raw one; with a TTY there are no frames', async () => {
  await using server = await serveFake();
  const plain = await create(server, { Cmd: ['echo', 'x'] });
  using old = await RawClient.open(server.socketPath);
  old.write(post(attachPath(plain, 'v1.41'), undefined, UPGRADE));
  assert.match(await old.until((text) => text.includes('\r\n\r\n')), /vnd.docker.raw-stream/);
  const id = await create(server, { Cmd: ['echo', 'x'], Tty: true });
  using client = await RawClient.open(server.socketPath);
  client.write(post(attachPath(id), undefined, UPGRADE));
  await client.until((text) => text.includes('raw-stream'));
  await server.call('POST', `/containers/${id}/start`);
  assert.match(await client.rest(), /\r\n\r\nx\nbye\n$/);
});

test('input that is glued to the request reaches the process, and half-close ends its input', async () => {
  await using server = await serveFake();
  const id = await create(server, { Cmd: ['cat'], OpenStdin: true, StdinOnce: true });
  await server.call('POST', `/containers/${id}/start`);
  using client = await RawClient.open(server.socketPath);
  client.write(`${post(attachPath(id), undefined, UPGRADE)}glued`);
  await client.until((text) => text.includes('glued'));
  client.write(' more');
  await client.until((text) => text.includes('more'));
  client.socket.end();
  await client.rest();
  assert.equal(Buffer.concat(server.engine.processes.get(id)?.input ?? []).toString(), 'glued more');
});

test('without Upgrade the answer is 200 and a raw connection', async () => {
  await using server = await serveFake();
  const id = await create(server, { Cmd: ['cat'], OpenStdin: true, StdinOnce: true });
  await server.call('POST', `/containers/${id}/start`);
  using client = await RawClient.open(server.socketPath);
  client.write(post(attachPath(id), undefined));
  await client.until((text) => text.includes('\r\n\r\n'));
  client.write('typed');
  assert.match(
    await client.until((text) => text.includes('typed')),
    /^HTTP\/1.1 200 OK\r\nContent-Type: application\/vnd.docker.raw-stream/,
  );
  client.socket.end();
  await client.rest();
});

test('an error before the take-over is an ordinary answer, also to a client that asked to upgrade', async () => {
  await using server = await serveFake();
  using client = await RawClient.open(server.socketPath);
  client.write(post('/containers/nope/attach', undefined, UPGRADE));
  assert.match(await client.rest(), /^HTTP\/1.1 404 Not Found[\s\S]*No such container: nope/);
  using other = await RawClient.open(server.socketPath);
  other.write(post('/exec/nope/start', { Detach: false, Tty: false }, UPGRADE));
  assert.match(await other.rest(), /^HTTP\/1.1 404 Not Found[\s\S]*No such exec instance/);
});

test('a request that is cut off in its body is given up', async () => {
  await using server = await serveFake();
  for (const headers of [UPGRADE, []]) {
    using client = await RawClient.open(server.socketPath);
    const whole = post('/exec/x/start', { Detach: false, Tty: false }, headers);
    client.write(whole.slice(0, -5));
    await new Promise((resolve) => setTimeout(resolve, 30));
    client.socket.destroy();
  }
  await eventually(() => server.logged.filter((message) => message === 'the client went away').length === 2);
});

async function startedExec(server: FakeServer, cmd: string[], tty = false): Promise<{ id: string; client: RawClient }> {
  const container = await create(server, { Cmd: ['sleep'] });
  await server.call('POST', `/containers/${container}/start`);
  const made = await server.call('POST', `/containers/${container}/exec`, {
    Cmd: cmd,
    AttachStdin: true,
    AttachStdout: true,
    Tty: tty,
  });
  const { Id: id } = JSON.parse(made.text);
  const client = await RawClient.open(server.socketPath);
  client.write(post(`/exec/${id}/start`, { Detach: false, Tty: tty }, UPGRADE));
  await client.until((text) => text.includes('\r\n\r\n'));
  return { id, client };
}

async function disposed(server: FakeServer, id: string): Promise<void> {
  await eventually(() => server.engine.disposed.has(id));
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 30));
  assert.ok(holds());
}

test('exec reads its JSON body and then the stream of the same connection', async () => {
  await using server = await serveFake();
  const { client } = await startedExec(server, ['cat']);
  client.write('abc');
  assert.match(await client.until((text) => text.includes('abc')), /multiplexed-stream/);
  client.socket.end();
  await client.rest();
});

test('a client that goes away takes its exec with it, also after it had half-closed', async () => {
  await using server = await serveFake();
  const first = await startedExec(server, ['sleep']);
  first.client.socket.destroy();
  await disposed(server, first.id);
  const second = await startedExec(server, ['sleep']);
  second.client.socket.end();
  await once(second.client.socket, 'finish');
  second.client.socket.destroy();
  await disposed(server, second.id);
});

test('detach keys leave the exec running', async () => {
  await using server = await serveFake();
  const { id, client } = await startedExec(server, ['cat'], true);
  client.write('a\x10b');
  await client.until((text) => text.endsWith('a\x10b'));
  client.write('\x10');
  client.write('\x11');
  await client.rest();
  assert.ok(!server.engine.disposed.has(id));
  server.engine.processes.get(id)?.end(0);
  await disposed(server, id);
});

test('wait sends its headers at once and its answer at the end', async () => {
  await using server = await serveFake();
  const id = await create(server, { Cmd: ['fail'] });
  using client = await RawClient.open(server.socketPath);
  client.write(post(`/containers/${id}/wait?condition=next-exit`, undefined));
  assert.match(await client.until((text) => text.includes('\r\n\r\n')), /^HTTP\/1.1 200 OK/);
  await server.call('POST', `/containers/${id}/start`);
  assert.match(await client.until((text) => text.includes('}')), /"StatusCode":3/);
});

test('logs have whole-line times with nine digits, and frames', async () => {
  await using server = await serveFake();
  const id = await create(server, { Cmd: ['sleep'] });
  const { text, headers } = await server.call('GET', `/containers/${id}/logs?stdout=1&stderr=1&timestamps=1`);
  assert.equal(headers['content-type'], 'application/vnd.docker.multiplexed-stream');
  assert.match(text, /2026-01-02T03:04:05.600000000Z half .{8}line\n/s);
  assert.match(text, /2026-01-02T03:04:07.123456789Z oops\n/);
  assert.equal((await server.call('GET', `/containers/${id}/logs`)).status, 400);
});

test('events carry old and new fields and exact nanoseconds', async () => {
  await using server = await serveFake();
  const id = await create(server, { Cmd: ['sleep'] });
  using client = await RawClient.open(server.socketPath);
  client.write('GET /events?filters={"type":["container"]} HTTP/1.1\r\n\r\n');
  await client.until((text) => text.includes('\r\n\r\n'));
  await server.call('POST', `/containers/${id}/start`);
  const text = await client.until((received) => received.includes('timeNano'));
  assert.match(text, /"status":"start"/);
  assert.match(text, /"Action":"start"/);
  assert.match(text, /"timeNano":\d{19}\b/);
});
