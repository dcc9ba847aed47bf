import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { startProxy } from './proxy.ts';

/** A free port: nothing else of this test takes it in between. */
async function freePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** All that comes until the other side ends; unlike stream/consumers it leaves the socket open for answers. */
async function received(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

async function listen(onConnection: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function entry(protocol: 'tcp' | 'udp', port: number, targetPort: number) {
  return { protocol, address: '127.0.0.1', port, targetAddress: '127.0.0.1', targetPort };
}

describe('the tcp proxy', () => {
  test('passes megabytes both ways, and the end of one direction leaves the other open', async () => {
    await using server = await listen(async (socket) => socket.end(await received(socket)));
    const port = await freePort();
    const proxy = await startProxy(entry('tcp', port, server.port));
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const sent = Buffer.alloc(5 << 20, 'x');
    client.end(sent);
    assert.ok((await received(client)).equals(sent));
    proxy.close();
  });

  test('resets the client when the container refuses', async () => {
    const port = await freePort();
    const proxy = await startProxy(entry('tcp', port, await freePort()));
    const client = connect({ port, host: '127.0.0.1' });
    const [error] = await once(client, 'error');
    assert.equal(error.code, 'ECONNRESET');
    proxy.close();
  });

  test('ends what passes through when it is closed, and cannot listen where others do', async () => {
    await using server = await listen((socket) =>
      socket
        .on('error', () => {})
        .on('end', () => socket.end())
        .resume(),
    );
    const port = await freePort();
    const proxy = await startProxy(entry('tcp', port, server.port));
    await assert.rejects(startProxy(entry('tcp', port, server.port)), { code: 'EADDRINUSE' });
    const client = connect({ port, host: '127.0.0.1' });
    await once(client, 'connect');
    client.on('error', () => {}).resume();
    proxy.close();
    await once(client, 'close');
  });

  test('survives clients that leave in the middle', async () => {
    await using server = await listen((socket) => socket.on('error', () => {}).end(Buffer.alloc(1 << 20)));
    const port = await freePort();
    const proxy = await startProxy(entry('tcp', port, server.port));
    for (let round = 0; round < 20; round++) {
      const client = connect({ port, host: '127.0.0.1' });
      await once(client, 'connect');
      client.resetAndDestroy();
    }
    const last = connect({ port, host: '127.0.0.1' });
    assert.equal((await received(last)).length, 1 << 20);
    proxy.close();
  });
});

describe('the udp proxy', () => {
  test('keeps clients apart, and follows a new target', async () => {
    const echo = (name: string) => {
      const socket = createSocket('udp4');
      socket.on('message', (text, from) => socket.send(`${name} ${text}`, from.port, from.address));
      return socket.bind(0, '127.0.0.1');
    };
    await using one = echo('one');
    await using two = echo('two');
    await Promise.all([once(one, 'listening'), once(two, 'listening')]);
    const port = await freePort();
    const proxy = await startProxy(entry('udp', port, one.address().port));
    const ask = async (text: string) => {
      await using client = createSocket('udp4');
      client.send(text, port, '127.0.0.1');
      return String((await once(client, 'message'))[0]);
    };
    assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(ask)), ['one a', 'one b', 'one c']);
    proxy.target = { address: '127.0.0.1', port: two.address().port };
    assert.equal(await ask('d'), 'two d');
    proxy.close();
  });
});
